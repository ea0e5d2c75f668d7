/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/pci.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"

enum {
	CONFIG_ADDRESS = 0xcf8,
	CONFIG_DATA = 0xcfc,
	CAPABILITIES = 0x34,
	/* As many as fit into the header. */
	CAPABILITIES_MAX = 48,
	BAR_IO = 1,
	BAR_64 = 4,
	MSI_ADDRESS = 0xfee00000,
};

static uint16_t select(unsigned devfn, unsigned reg)
{
	outl(CONFIG_ADDRESS, 1u << 31 | devfn << 8 | (reg & 0xfc));
	return CONFIG_DATA + (reg & 3);
}

uint8_t pci_read8(unsigned devfn, unsigned reg)
{
	return inb(select(devfn, reg));
}

uint16_t pci_read16(unsigned devfn, unsigned reg)
{
	return inw(select(devfn, reg));
}

uint32_t pci_read32(unsigned devfn, unsigned reg)
{
	return inl(select(devfn, reg));
}

void pci_write8(unsigned devfn, unsigned reg, uint8_t value)
{
	outb(select(devfn, reg), value);
}

void pci_write16(unsigned devfn, unsigned reg, uint16_t value)
{
	outw(select(devfn, reg), value);
}

void pci_write32(unsigned devfn, unsigned reg, uint32_t value)
{
	outl(select(devfn, reg), value);
}

unsigned pci_capability(unsigned devfn, unsigned id, unsigned after)
{
	unsigned at = pci_read8(devfn, after ? after + 1 : CAPABILITIES), n;

	for (n = 0; at && n < CAPABILITIES_MAX; n++) {
		if (pci_read8(devfn, at) == id)
			return at;
		at = pci_read8(devfn, at + 1);
	}
	return 0;
}

uint64_t pci_bar(unsigned devfn, unsigned i)
{
	uint64_t bar = pci_read32(devfn, PCI_BAR0 + 4 * i);

	if (bar & BAR_IO)
		return bar & ~3ull;
	if (bar & BAR_64)
		bar |= (uint64_t)pci_read32(devfn, PCI_BAR0 + 4 * i + 4) << 32;
	return bar & ~15ull;
}

uint64_t pci_msix_entry(unsigned devfn, unsigned i)
{
	unsigned cap = pci_capability(devfn, PCI_CAP_MSIX, 0);
	uint32_t table = pci_read32(devfn, cap + MSIX_TABLE);

	return pci_bar(devfn, table & 7) + (table & ~7u) + MSIX_ENTRY_SIZE * i;
}

void pci_msix_route(unsigned devfn, unsigned i, unsigned vector)
{
	uint64_t entry = pci_msix_entry(devfn, i);

	mmio_write32(entry, MSI_ADDRESS | irq_lapic_id() << 12);
	mmio_write32(entry + 4, 0);
	mmio_write32(entry + MSIX_ENTRY_DATA, vector);
	mmio_write32(entry + MSIX_ENTRY_CONTROL, 0);
}

bool pci_msix_enable(unsigned devfn, bool on)
{
	unsigned cap = pci_capability(devfn, PCI_CAP_MSIX, 0);
	unsigned control = cap + MSIX_CONTROL;

	if (cap)
		pci_write16(devfn, control,
			    (pci_read16(devfn, control) &
			     ~(MSIX_ENABLE | MSIX_MASK_ALL)) |
				    (on ? MSIX_ENABLE : 0));
	return cap;
}
