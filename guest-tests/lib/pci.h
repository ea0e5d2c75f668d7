/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci.h - configuration space of bus 0, by ports (PCI Local Bus 3.0, 3.2.2.3)
 *
 * A function is named by its devfn: slot * 8 + function.
 */
#ifndef GUEST_LIB_PCI_H
#define GUEST_LIB_PCI_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PCI_VENDOR = 0x00,
	PCI_DEVICE = 0x02,
	PCI_COMMAND = 0x04,
	PCI_STATUS = 0x06,
	PCI_BAR0 = 0x10,
	PCI_SUBSYSTEM = 0x2e,
	PCI_INTERRUPT_LINE = 0x3c,

	PCI_COMMAND_IO = 0x1,
	PCI_COMMAND_MEMORY = 0x2,
	PCI_COMMAND_MASTER = 0x4,
	PCI_COMMAND_INTX_OFF = 0x400,
	PCI_STATUS_INTX = 0x8,

	PCI_CAP_VENDOR = 0x09,
	PCI_CAP_MSIX = 0x11,

	/* Offsets in the MSI-X capability, and in an entry of its table. */
	MSIX_CONTROL = 2,
	MSIX_TABLE = 4,
	MSIX_PBA = 8,
	MSIX_ENABLE = 0x8000,
	MSIX_MASK_ALL = 0x4000,
	MSIX_ENTRY_SIZE = 16,
	MSIX_ENTRY_DATA = 8,
	MSIX_ENTRY_CONTROL = 12,
	MSIX_ENTRY_MASKED = 1,

	PCI_BARS = 6,
	PCI_SLOTS = 32,
};

uint8_t pci_read8(unsigned devfn, unsigned reg);
uint16_t pci_read16(unsigned devfn, unsigned reg);
uint32_t pci_read32(unsigned devfn, unsigned reg);
void pci_write8(unsigned devfn, unsigned reg, uint8_t value);
void pci_write16(unsigned devfn, unsigned reg, uint16_t value);
void pci_write32(unsigned devfn, unsigned reg, uint32_t value);

/* Where the first capability @id behind @after (0: from the start) is in the
 * header, or 0. */
unsigned pci_capability(unsigned devfn, unsigned id, unsigned after);

/* The address or the port that BAR @i is at; 0: there is none. */
uint64_t pci_bar(unsigned devfn, unsigned i);

/* The address of entry @i of the MSI-X table. */
uint64_t pci_msix_entry(unsigned devfn, unsigned i);

/* Have it send @vector to the boot processor; before pci_msix_enable(). */
void pci_msix_route(unsigned devfn, unsigned i, unsigned vector);

/* False: there is no such capability. */
bool pci_msix_enable(unsigned devfn, bool on);

#endif
