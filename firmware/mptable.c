/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/mptable.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/util.h"
#include "firmware/acpi.h"
#include "firmware/layout.h"

#define REVISION     4
#define LAPIC_ADDR   0xfee00000
#define IOAPIC_ADDR  0xfec00000
#define APIC_VERSION 0x14

/* CPUID tells this better, so it is always a Pentium Pro with FPU and APIC. */
#define CPU_SIGNATURE 0x600
#define CPU_FEATURES  0x201

#define ALL_APICS 0xff

enum { ISA_IRQS = 16, CASCADE = 2, PCI_SLOTS = 32 };

/* Entries are appended after the header, which counts them. */
struct writer {
	uint8_t *base;
	unsigned used, entries;
};

static void append(struct writer *w, const void *entry, unsigned len)
{
	assert(len <= LAYOUT_MPTABLE_LEN - w->used);
	memcpy(w->base + w->used, entry, len);
	w->used += len;
	w->entries++;
}

static void put_cpu(struct writer *w, unsigned id)
{
	const struct mptable_cpu cpu = {
		.type = MPTABLE_CPU,
		.apic_id = (uint8_t)id,
		.apic_version = APIC_VERSION,
		.flags = MPTABLE_CPU_ENABLED | (id ? 0 : MPTABLE_CPU_BOOT),
		.signature = CPU_SIGNATURE,
		.features = CPU_FEATURES,
	};

	append(w, &cpu, sizeof(cpu));
}

static void put_bus(struct writer *w, uint8_t id, const char *name)
{
	struct mptable_bus bus = { .type = MPTABLE_BUS, .id = id };

	memcpy(bus.name, name, sizeof(bus.name));
	append(w, &bus, sizeof(bus));
}

static void put_ioapic(struct writer *w)
{
	const struct mptable_ioapic ioapic = {
		.type = MPTABLE_IOAPIC,
		.version = 0x11,
		.flags = 1,
		.addr = IOAPIC_ADDR,
	};

	append(w, &ioapic, sizeof(ioapic));
}

static void put_irq(struct writer *w, uint8_t bus, uint8_t irq, unsigned input,
		    uint16_t flags)
{
	const struct mptable_interrupt interrupt = {
		.type = MPTABLE_IO_INTERRUPT,
		.kind = MPTABLE_INT,
		.flags = flags,
		.bus = bus,
		.irq = irq,
		.input = (uint8_t)input,
	};

	append(w, &interrupt, sizeof(interrupt));
}

/* A PCI interrupt is identified by its slot and pin; pin A is 0. */
static void put_pci(struct writer *w)
{
	for (unsigned slot = 1; slot < PCI_SLOTS; slot++)
		put_irq(w, MPTABLE_PCI_BUS, (uint8_t)(slot << 2),
			ACPI_PCI_GSI(slot), MPTABLE_LEVEL_HIGH);
}

/* The PIT has input 2, which is free as the second PIC can't use it here.  The
 * inputs of PCI are not ISA's. */
static void put_isa(struct writer *w)
{
	for (unsigned irq = 0; irq < ISA_IRQS; irq++) {
		if (irq == CASCADE || irq == ACPI_PCI_GSI(0) ||
		    irq == ACPI_PCI_GSI(1))
			continue;
		put_irq(w, MPTABLE_ISA_BUS, (uint8_t)irq, irq ? irq : 2,
			irq == ACPI_SCI_IRQ ? MPTABLE_LEVEL_HIGH :
					      MPTABLE_CONFORMS);
	}
}

/* LINT0 of the boot processor is wired to the PICs, LINT1 of all processors to
 * the NMI. */
static void put_local(struct writer *w)
{
	const struct mptable_interrupt extint = {
		.type = MPTABLE_LOCAL_INTERRUPT,
		.kind = MPTABLE_EXTINT,
		.bus = MPTABLE_ISA_BUS,
	};
	const struct mptable_interrupt nmi = {
		.type = MPTABLE_LOCAL_INTERRUPT,
		.kind = MPTABLE_NMI,
		.bus = MPTABLE_ISA_BUS,
		.apic = ALL_APICS,
		.input = 1,
	};

	append(w, &extint, sizeof(extint));
	append(w, &nmi, sizeof(nmi));
}

static uint8_t checksum(const void *p, size_t len)
{
	const uint8_t *byte = p;
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *byte++);
	return (uint8_t)-sum;
}

static void put_header(const struct writer *w)
{
	struct mptable_header h = {
		.signature = "PCMP",
		.length = (uint16_t)w->used,
		.revision = REVISION,
		.oem_id = "MINIVMM ",
		.product_id = "MINIVMM     ",
		.entries = (uint16_t)w->entries,
		.lapic_addr = LAPIC_ADDR,
	};

	memcpy(w->base, &h, sizeof(h));
	h.checksum = checksum(w->base, w->used);
	memcpy(w->base, &h, sizeof(h));
}

void mptable_build(const struct mem *mem, unsigned n_cpus)
{
	struct mptable_pointer pointer = {
		.signature = "_MP_",
		.table = LAYOUT_MPTABLE + sizeof(pointer),
		.length = sizeof(pointer) / 16,
		.revision = REVISION,
	};
	uint8_t *at = mem_at(mem, LAYOUT_MPTABLE, LAYOUT_MPTABLE_LEN);
	struct writer w = { .used = sizeof(struct mptable_header) };

	assert(at);
	pointer.checksum = checksum(&pointer, sizeof(pointer));
	memcpy(at, &pointer, sizeof(pointer));
	w.base = at + sizeof(pointer);
	for (unsigned id = 0; id < MIN(n_cpus, MPTABLE_CPUS_MAX); id++)
		put_cpu(&w, id);
	put_bus(&w, MPTABLE_PCI_BUS, "PCI   ");
	put_bus(&w, MPTABLE_ISA_BUS, "ISA   ");
	put_ioapic(&w);
	put_pci(&w);
	put_isa(&w);
	put_local(&w);
	put_header(&w);
}
