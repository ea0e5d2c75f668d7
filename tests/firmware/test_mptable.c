/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_mptable.c - the MP table, read back as a kernel reads it
 */
#include <stdbool.h>

#include "base/mem.h"
#include "firmware/acpi.h"
#include "firmware/layout.h"
#include "firmware/mptable.h"
#include "tests/unit.h"

static struct mem mem;

static void set_up(void)
{
	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
}

static void tear_down(void)
{
	mem_free(&mem);
}

static uint8_t sum(const void *p, size_t len)
{
	const uint8_t *byte = p;
	uint8_t s = 0;

	while (len--)
		s = (uint8_t)(s + *byte++);
	return s;
}

/* As kernels search: every 16 bytes from 0xF0000 to 1 MiB. */
static const struct mptable_pointer *search(void)
{
	for (uint64_t at = 0xf0000; at < 0x100000; at += 16) {
		const struct mptable_pointer *p = mem_at(&mem, at, sizeof(*p));

		if (!memcmp(p->signature, "_MP_", 4) && !sum(p, sizeof(*p)))
			return p;
	}
	return NULL;
}

static const struct mptable_header *build(unsigned n_cpus)
{
	const struct mptable_pointer *p;
	const struct mptable_header *h;

	mptable_build(&mem, n_cpus);
	p = search();
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(p->length, 1);
	ck_assert_uint_eq(p->revision, 4);
	ck_assert_uint_eq(p->features[0], 0);
	ck_assert_uint_eq(p->features[1], 0);
	h = mem_at(&mem, p->table, sizeof(*h));
	ck_assert_mem_eq(h->signature, "PCMP", 4);
	ck_assert_uint_eq(h->revision, 4);
	ck_assert_uint_le(p->table + h->length,
			  LAYOUT_MPTABLE + LAYOUT_MPTABLE_LEN);
	ck_assert_uint_eq(sum(h, h->length), 0);
	ck_assert_uint_eq(h->lapic_addr, 0xfee00000);
	return h;
}

enum { ENTRIES_MAX = 400 };

static unsigned length(uint8_t type)
{
	return type == MPTABLE_CPU ? 20 : 8;
}

/* Point to the entries of @type; how many there are.  All are walked, and come
 * in the order of their types. */
static unsigned entries(const struct mptable_header *h, unsigned type,
			const void *found[ENTRIES_MAX])
{
	const uint8_t *p = (const uint8_t *)(h + 1);
	const uint8_t *end = (const uint8_t *)h + h->length;
	unsigned all = 0, n = 0, last = 0;
	bool ascending = true;

	for (; p < end && n < ENTRIES_MAX; p += length(*p), all++) {
		ascending &= *p >= last && *p <= MPTABLE_LOCAL_INTERRUPT;
		last = *p;
		if (*p == type)
			found[n++] = p;
	}
	ck_assert(ascending);
	ck_assert_ptr_eq(p, end);
	ck_assert_uint_eq(all, h->entries);
	return n;
}

/* The @i th entry of @type, or NULL. */
static const void *entry(const struct mptable_header *h, unsigned type,
			 unsigned i)
{
	const void *found[ENTRIES_MAX];

	return i < entries(h, type, found) ? found[i] : NULL;
}

static void check_cpus(unsigned n, unsigned told)
{
	const struct mptable_header *h = build(n);
	const void *found[ENTRIES_MAX];

	ck_assert_uint_eq(entries(h, MPTABLE_CPU, found), told);
	for (unsigned i = 0; i < told; i++) {
		const struct mptable_cpu *cpu = found[i];

		ck_assert_uint_eq(cpu->apic_id, i);
		ck_assert_uint_eq(cpu->flags, i ? 1 : 3);
	}
}

START_TEST(every_processor_is_in_it)
{
	check_cpus(1, 1);
	check_cpus(8, 8);
	check_cpus(255, 255);
	check_cpus(1000, 255);
}
END_TEST

START_TEST(the_ioapic_is_the_madts)
{
	const struct mptable_header *h = build(2);
	const struct mptable_ioapic *ioapic = entry(h, MPTABLE_IOAPIC, 0);

	ck_assert_uint_eq(ioapic->addr, 0xfec00000);
	ck_assert_uint_eq(ioapic->id, 0);
	ck_assert_uint_eq(ioapic->flags, 1);
	ck_assert_ptr_null(entry(h, MPTABLE_IOAPIC, 1));
}
END_TEST

/* The interrupt @irq of @bus, or NULL. */
static const struct mptable_interrupt *route(const struct mptable_header *h,
					     unsigned bus, unsigned irq)
{
	const void *found[ENTRIES_MAX];
	unsigned n = entries(h, MPTABLE_IO_INTERRUPT, found);

	for (unsigned i = 0; i < n; i++) {
		const struct mptable_interrupt *r = found[i];

		if (r->bus == bus && r->irq == irq)
			return r;
	}
	return NULL;
}

START_TEST(interrupts_of_the_isa_bus_are_the_madts)
{
	const struct mptable_header *h = build(1);
	const struct mptable_bus *bus = entry(h, MPTABLE_BUS, 1);

	ck_assert_uint_eq(bus->id, MPTABLE_ISA_BUS);
	ck_assert_mem_eq(bus->name, "ISA   ", 6);
	for (unsigned irq = 0; irq < 16; irq++) {
		const struct mptable_interrupt *r =
			route(h, MPTABLE_ISA_BUS, irq);

		/* Without a source: input 2 is the PIT's, the others PCI's. */
		if (irq == 2 || irq == 10 || irq == 11) {
			ck_assert_ptr_null(r);
			continue;
		}
		ck_assert_uint_eq(r->input, irq ? irq : 2);
		ck_assert_uint_eq(r->flags, irq == ACPI_SCI_IRQ ? 13 : 0);
	}
}
END_TEST

START_TEST(interrupts_of_pci_are_the_dsdts)
{
	const struct mptable_header *h = build(1);
	const struct mptable_bus *bus = entry(h, MPTABLE_BUS, 0);

	ck_assert_uint_eq(bus->id, 0);
	ck_assert_mem_eq(bus->name, "PCI   ", 6);
	for (unsigned slot = 1; slot < 32; slot++) {
		const struct mptable_interrupt *r =
			route(h, MPTABLE_PCI_BUS, slot << 2);

		ck_assert_uint_eq(r->input, ACPI_PCI_GSI(slot));
		/* A level, active high. */
		ck_assert_uint_eq(r->flags, 13);
		ck_assert_uint_eq(r->apic, 0);
	}
	ck_assert_ptr_null(route(h, MPTABLE_PCI_BUS, 0));
}
END_TEST

START_TEST(the_local_inputs_are_extint_and_nmi)
{
	const struct mptable_header *h = build(1);
	const struct mptable_interrupt *pic =
		entry(h, MPTABLE_LOCAL_INTERRUPT, 0);
	const struct mptable_interrupt *nmi =
		entry(h, MPTABLE_LOCAL_INTERRUPT, 1);

	ck_assert_uint_eq(pic->kind, 3);
	ck_assert_uint_eq(pic->input, 0);
	ck_assert_uint_eq(nmi->kind, 1);
	ck_assert_uint_eq(nmi->apic, 0xff);
	ck_assert_uint_eq(nmi->input, 1);
	ck_assert_ptr_null(entry(h, MPTABLE_LOCAL_INTERRUPT, 2));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_processor_is_in_it,
		the_ioapic_is_the_madts,
		interrupts_of_the_isa_bus_are_the_madts,
		interrupts_of_pci_are_the_dsdts,
		the_local_inputs_are_extint_and_nmi,
		NULL,
	};

	return unit_run(
		unit_suite_fixture("mptable", tests, set_up, tear_down));
}
