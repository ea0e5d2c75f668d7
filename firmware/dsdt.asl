/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dsdt.asl - what the machine has, in the guest's terms
 *
 * The addresses are those of acpi.h, uart.h and the RTC; a unit test
 * compares them.
 */
DefinitionBlock ("", "DSDT", 2, "MINVMM", "MINIVMM ", 1)
{
	/* Soft off: SLP_TYP for PM1a and PM1b control.  No other state. */
	Name (_S5, Package () { 0, 0, 0, 0 })

	Scope (_SB)
	{
		/* The only PCI bus: CF8h/CFCh and ECAM, no bridges. */
		Device (PCI0)
		{
			Name (_HID, EisaId ("PNP0A08"))
			Name (_CID, EisaId ("PNP0A03"))
			Name (_UID, Zero)
			Name (_CRS, ResourceTemplate ()
			{
				WordBusNumber (ResourceProducer, MinFixed,
					MaxFixed, PosDecode, 0, 0, 0, 0, 1)
				IO (Decode16, 0xCF8, 0xCF8, 1, 8)
				WordIO (ResourceProducer, MinFixed, MaxFixed,
					PosDecode, EntireRange,
					0, 0x0000, 0x0CF7, 0, 0x0CF8)
				WordIO (ResourceProducer, MinFixed, MaxFixed,
					PosDecode, EntireRange,
					0, 0x0D00, 0xFFFF, 0, 0xF300)
				DWordMemory (ResourceProducer, PosDecode,
					MinFixed, MaxFixed, NonCacheable,
					ReadWrite, 0, 0xC0000000, 0xDFFFFFFF,
					0, 0x20000000)
			})

			/* The guest may control every PCI Express feature:
			 * there is no other firmware that does.  PCI Firmware
			 * Specification 3.3, 4.5. */
			Method (_OSC, 4)
			{
				CreateDWordField (Arg3, 0, STAT)
				If (Arg0 != ToUUID (
				    "33db4d5b-1ff7-401c-9657-7441c03dd766"))
				{
					/* Not this interface. */
					STAT |= 4
				}
				Return (Arg3)
			}
		}

		Device (COM1)
		{
			Name (_HID, EisaId ("PNP0501"))
			Name (_UID, One)
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x3F8, 0x3F8, 1, 8)
				IRQNoFlags () { 4 }
			})
		}

		Device (RTC)
		{
			Name (_HID, EisaId ("PNP0B00"))
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x70, 0x70, 1, 2)
				IRQNoFlags () { 8 }
			})
		}

		/* What no driver may be given: ECAM, power management. */
		Device (MBRD)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_CRS, ResourceTemplate ()
			{
				Memory32Fixed (ReadWrite, 0xE8000000, 0x100000)
				IO (Decode16, 0x600, 0x600, 1, 0x10)
			})
		}
	}
}
