/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/string.h"

enum {
	BIOS_START = 0xe0000,
	BIOS_END = 0x100000,

	MADT_ENTRIES = 44,
	MADT_LAPIC = 0,
	MADT_OVERRIDE = 2,
	MADT_X2APIC = 9,
	MADT_ENABLED = 1,
};

uint8_t acpi_sum(const void *p, size_t len)
{
	const uint8_t *b = p;
	uint8_t sum = 0;

	while (len--)
		sum += *b++;
	return sum;
}

const struct acpi_rsdp *acpi_rsdp(void)
{
	uint64_t addr;

	for (addr = BIOS_START; addr < BIOS_END; addr += 16)
		if (!memcmp((const void *)addr, "RSD PTR ", 8) &&
		    !acpi_sum((const void *)addr, 20))
			return (const void *)addr;
	return (const void *)boot.rsdp;
}

uint64_t acpi_field(const struct acpi_table *t, size_t offset, size_t size)
{
	uint64_t v = 0;

	if (offset + size <= t->length)
		memcpy(&v, (const uint8_t *)t + offset, size);
	return v;
}

const struct acpi_table *acpi_find(const char *signature)
{
	const struct acpi_rsdp *rsdp = acpi_rsdp();
	bool wide = rsdp && rsdp->revision >= 2 && rsdp->xsdt;
	size_t i, size = wide ? 8 : 4;
	const struct acpi_table *root;

	if (!rsdp)
		return NULL;
	root = (const void *)(wide ? rsdp->xsdt : (uint64_t)rsdp->rsdt);
	for (i = sizeof(*root); i < root->length; i += size) {
		const struct acpi_table *t =
			(const void *)acpi_field(root, i, size);

		if (!memcmp(t->signature, signature, 4))
			return t;
	}
	return NULL;
}

const uint8_t *acpi_madt_next(const uint8_t *entry)
{
	const struct acpi_table *madt = acpi_find("APIC");
	const uint8_t *next;

	if (!madt)
		return NULL;
	next = entry ? entry + entry[1] : (const uint8_t *)madt + MADT_ENTRIES;
	if (next >= (const uint8_t *)madt + madt->length || next[1] < 2)
		return NULL;
	return next;
}

unsigned acpi_cpus(uint32_t *ids, unsigned max)
{
	const uint8_t *e = NULL;
	unsigned n = 0;

	while (n < max && (e = acpi_madt_next(e))) {
		if (e[0] == MADT_LAPIC && (e[4] & MADT_ENABLED))
			ids[n++] = e[3];
		if (e[0] == MADT_X2APIC && (e[8] & MADT_ENABLED))
			memcpy(&ids[n++], e + 4, 4);
	}
	return n;
}

struct acpi_override acpi_isa_irq(unsigned irq)
{
	struct acpi_override o = { irq, false, false };
	const uint8_t *e = NULL;

	while ((e = acpi_madt_next(e)))
		if (e[0] == MADT_OVERRIDE && e[3] == irq) {
			o.gsi = e[4];
			o.active_low = (e[8] & 3) == 3;
			o.level = (e[8] >> 2 & 3) == 3;
		}
	return o;
}
