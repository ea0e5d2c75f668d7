/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dsdt.asl - what the machine has, in the guest's terms
 *
 * The addresses are those of acpi.h and of the devices; a unit test
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

			/* Pin A of each slot is wired to an input. */
			Name (_PRT, Package ()
			{
				Package () { 0x0001FFFF, 0, 0, 11 },
				Package () { 0x0002FFFF, 0, 0, 10 },
				Package () { 0x0003FFFF, 0, 0, 11 },
				Package () { 0x0004FFFF, 0, 0, 10 },
				Package () { 0x0005FFFF, 0, 0, 11 },
				Package () { 0x0006FFFF, 0, 0, 10 },
				Package () { 0x0007FFFF, 0, 0, 11 },
				Package () { 0x0008FFFF, 0, 0, 10 },
				Package () { 0x0009FFFF, 0, 0, 11 },
				Package () { 0x000AFFFF, 0, 0, 10 },
				Package () { 0x000BFFFF, 0, 0, 11 },
				Package () { 0x000CFFFF, 0, 0, 10 },
				Package () { 0x000DFFFF, 0, 0, 11 },
				Package () { 0x000EFFFF, 0, 0, 10 },
				Package () { 0x000FFFFF, 0, 0, 11 },
				Package () { 0x0010FFFF, 0, 0, 10 },
				Package () { 0x0011FFFF, 0, 0, 11 },
				Package () { 0x0012FFFF, 0, 0, 10 },
				Package () { 0x0013FFFF, 0, 0, 11 },
				Package () { 0x0014FFFF, 0, 0, 10 },
				Package () { 0x0015FFFF, 0, 0, 11 },
				Package () { 0x0016FFFF, 0, 0, 10 },
				Package () { 0x0017FFFF, 0, 0, 11 },
				Package () { 0x0018FFFF, 0, 0, 10 },
				Package () { 0x0019FFFF, 0, 0, 11 },
				Package () { 0x001AFFFF, 0, 0, 10 },
				Package () { 0x001BFFFF, 0, 0, 11 },
				Package () { 0x001CFFFF, 0, 0, 10 },
				Package () { 0x001DFFFF, 0, 0, 11 },
				Package () { 0x001EFFFF, 0, 0, 10 },
				Package () { 0x001FFFFF, 0, 0, 11 }
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

		/* What no driver may be given: ECAM, power management, ports
		 * that guests find by themselves. */
		Device (MBRD)
		{
			Name (_HID, EisaId ("PNP0C02"))
			Name (_CRS, ResourceTemplate ()
			{
				Memory32Fixed (ReadWrite, 0xE8000000, 0x100000)
				IO (Decode16, 0x600, 0x600, 1, 0x10)
				IO (Decode16, 0x5E0, 0x5E0, 1, 1)
				IO (Decode16, 0x402, 0x402, 1, 1)
				IO (Decode16, 0x510, 0x510, 1, 2)
			})
		}

		/* Where a kernel says that it has panicked. */
		Device (PEVT)
		{
			Name (_HID, "QEMU0001")
			Name (_UID, Zero)
			Name (_STA, 0xF)
			Name (_CRS, ResourceTemplate ()
			{
				IO (Decode16, 0x505, 0x505, 1, 1)
			})
		}
	}
}
