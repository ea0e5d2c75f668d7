/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi.h - the ACPI tables, and the addresses of the machine's fixed registers
 *
 * The DSDT (dsdt.asl) has the same numbers; a unit test compares them.
 */
#ifndef FIRMWARE_ACPI_H
#define FIRMWARE_ACPI_H

#include <stdint.h>

struct mem;

/* Power management block: PM1a event at +0, PM1a control at +4, the PM timer
 * at +8.  PM1a control at 0x604 is where guests written for QEMU expect it. */
#define ACPI_PM_BASE   0x600
#define ACPI_PM_LEN    0x10
#define ACPI_PM_EVT    (ACPI_PM_BASE + 0)
#define ACPI_PM_CNT    (ACPI_PM_BASE + 4)
#define ACPI_PM_TMR    (ACPI_PM_BASE + 8)
#define ACPI_SCI_IRQ   9
#define ACPI_RESET_REG 0xcf9
#define ACPI_RESET_VAL 0x06
/* SLP_TYP of \_S5. */
#define ACPI_S5_TYPE 0

/* ECAM of the only PCI bus, and the window for its memory BARs. */
#define ACPI_ECAM_BASE 0xe8000000
#define ACPI_ECAM_LEN  0x100000
#define ACPI_MMIO_BASE 0xc0000000
#define ACPI_MMIO_LEN  0x20000000

/* The remaining ports, which the machine does not use, for I/O BARs. */
#define ACPI_PORT_BASE 0xc000
#define ACPI_PORT_LEN  0x4000

/* IOAPIC, local APICs and what KVM needs for itself. */
#define ACPI_RESERVED_BASE 0xfec00000
#define ACPI_RESERVED_LEN  0x400000

/* The input that pin A of a PCI slot is wired to: one of two that are free on a
 * PC and that the PICs have, too. */
#define ACPI_PCI_GSI(slot) (10 + (slot) % 2)

/*
 * Write RSDP, RSDT, XSDT, FADT, FACS, MADT for @n_cpus processors (APIC ids 0
 * ..
 * @n_cpus - 1), MCFG and DSDT into guest memory between 0xE0000 and 1 MiB,
 * and set *@rsdp to the RSDP's address.  Logs; -ENOSPC if it does not fit.
 * ACPI 6.5, chapter 5.
 */
int acpi_build(const struct mem *mem, unsigned n_cpus, uint64_t *rsdp);

#endif
