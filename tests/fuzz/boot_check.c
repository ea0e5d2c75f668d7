/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/boot_check.h"

#include <string.h>

#include "base/mem.h"
#include "firmware/acpi_tables.h"
#include "firmware/boot_params.h"
#include "firmware/layout.h"
#include "firmware/mptable.h"
#include "firmware/multiboot.h"
#include "firmware/multiboot2.h"
#include "tests/fuzz/check.h"

/* Guest memory at @gpa, which is there. */
static const void *at(const struct mem *mem, uint64_t gpa, uint64_t len)
{
	const void *p = mem_at(mem, gpa, len);

	check(p);
	return p;
}

/* The same for what lies between @from and @to. */
static const void *within(const struct mem *mem, uint64_t gpa, uint64_t len,
			  uint64_t from, uint64_t to)
{
	check(gpa >= from && gpa <= to && len <= to - gpa);
	return at(mem, gpa, len);
}

static void check_sum(const void *p, size_t len)
{
	const uint8_t *byte = p;
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *byte++);
	check(sum == 0);
}

/* --- tables ------------------------------------------------------------- */

static const void *acpi_at(const struct mem *mem, uint64_t gpa, size_t len)
{
	return within(mem, gpa, len, LAYOUT_ACPI,
		      LAYOUT_ACPI + LAYOUT_ACPI_LEN);
}

static unsigned count_cpus(const uint8_t *madt, size_t len)
{
	unsigned cpus = 0;

	for (size_t i = sizeof(struct acpi_madt); i < len; i += madt[i + 1]) {
		check(madt[i + 1] >= 2 && madt[i + 1] <= len - i);
		cpus += madt[i] == ACPI_MADT_LAPIC ||
			madt[i] == ACPI_MADT_X2APIC;
	}
	return cpus;
}

void boot_check_acpi(const struct mem *mem, uint64_t rsdp, unsigned cpus)
{
	const struct acpi_rsdp *root = acpi_at(mem, rsdp, sizeof(*root));
	const struct acpi_header *xsdt, *table;

	check_sum(root, 20);
	check_sum(root, sizeof(*root));
	xsdt = acpi_at(mem, root->xsdt, sizeof(*xsdt));
	check_sum(acpi_at(mem, root->xsdt, xsdt->length), xsdt->length);
	for (size_t i = sizeof(*xsdt); i < xsdt->length; i += 8) {
		uint64_t addr = get_le64((const uint8_t *)xsdt + i);

		table = acpi_at(mem, addr, sizeof(*table));
		check_sum(acpi_at(mem, addr, table->length), table->length);
		if (memcmp(table->signature, "APIC", 4) == 0)
			check(count_cpus((const uint8_t *)table,
					 table->length) == cpus);
	}
}

void boot_check_mptable(const struct mem *mem)
{
	const uint64_t end = LAYOUT_MPTABLE + LAYOUT_MPTABLE_LEN;
	const struct mptable_pointer *p = at(mem, LAYOUT_MPTABLE, sizeof(*p));
	const struct mptable_header *h;

	check(memcmp(p->signature, "_MP_", 4) == 0);
	check_sum(p, sizeof(*p));
	h = within(mem, p->table, sizeof(*h), LAYOUT_MPTABLE, end);
	within(mem, p->table, h->length, LAYOUT_MPTABLE, end);
	check_sum(h, h->length);
}

/* --- what a kernel is handed --------------------------------------------- */

/* In low memory, where only information is. */
static const void *info(const struct mem *mem, uint64_t gpa, uint64_t len)
{
	return within(mem, gpa, len, LAYOUT_INFO,
		      LAYOUT_INFO + LAYOUT_INFO_LEN);
}

static void check_string(const struct mem *mem, uint64_t gpa)
{
	const char *s = info(mem, gpa, 1);
	size_t room = LAYOUT_INFO + LAYOUT_INFO_LEN - gpa;

	check(strnlen(s, room) < room);
}

/* The line, which may have something in front. */
static void check_cmdline(const struct boot *boot, const struct mem *mem,
			  uint64_t gpa)
{
	const char *s = info(mem, gpa, 1);
	size_t len, wanted = strlen(boot->cmdline);

	check_string(mem, gpa);
	len = strlen(s);
	check(len >= wanted && !strcmp(s + len - wanted, boot->cmdline));
}

/* Module @i is whole, and above 1 MiB. */
static void check_module(const struct boot *boot, const struct mem *mem,
			 unsigned i, uint64_t start, uint64_t len,
			 const struct content *contents)
{
	const struct content *wanted = &contents[boot->has_initrd ? i : i + 1];
	size_t before = i == 0 ? boot->before_len : 0;
	const char *p = at(mem, start, len);

	check(start >= LAYOUT_HIGH && start % 4096 == 0);
	check(len == before + wanted->len);
	check(!before || memcmp(p, boot->before, before) == 0);
	check(memcmp(p + before, wanted->bytes, wanted->len) == 0);
}

static void check_linux(const struct boot *boot, const struct mem *mem,
			uint64_t gpa, const struct content *contents)
{
	const struct boot_params *p = at(mem, gpa, sizeof(*p));
	uint64_t image =
		(uint64_t)p->ext_ramdisk_image << 32 | p->hdr.ramdisk_image;
	uint64_t size =
		(uint64_t)p->ext_ramdisk_size << 32 | p->hdr.ramdisk_size;

	check(gpa == LAYOUT_PARAMS);
	check(p->e820_entries <= E820_MAX_ENTRIES_ZEROPAGE);
	check_cmdline(boot, mem, p->hdr.cmd_line_ptr);
	if (boot->n_modules)
		check_module(boot, mem, 0, image, size, contents);
	else
		check(image == 0 && size == 0);
}

/* Offsets into the start info and a module's entry. */
enum { PVH_N_MODULES = 12, PVH_MODULES = 16, PVH_CMDLINE = 24, PVH_LEN = 56 };

static void check_pvh(const struct boot *boot, const struct mem *mem,
		      uint64_t gpa, const struct content *contents)
{
	const uint8_t *p = info(mem, gpa, PVH_LEN), *module;

	check_cmdline(boot, mem, get_le64(p + PVH_CMDLINE));
	check(get_le32(p + PVH_N_MODULES) == boot->n_modules);
	for (unsigned i = 0; i < boot->n_modules; i++) {
		module = info(mem, get_le64(p + PVH_MODULES) + 32ULL * i, 32);
		check_module(boot, mem, i, get_le64(module),
			     get_le64(module + 8), contents);
		if (get_le64(module + 16))
			check_string(mem, get_le64(module + 16));
	}
}

static void check_multiboot(const struct boot *boot, const struct mem *mem,
			    uint64_t gpa, const struct content *contents)
{
	const struct multiboot_info *p = info(mem, gpa, sizeof(*p));
	const struct multiboot_module *m;

	check_cmdline(boot, mem, p->cmdline);
	check_string(mem, p->loader_name);
	info(mem, p->memmap, p->memmap_len);
	check(p->n_modules == boot->n_modules);
	for (unsigned i = 0; i < p->n_modules; i++) {
		m = info(mem, p->modules + i * sizeof(*m), sizeof(*m));
		check_module(boot, mem, i, m->start, m->end - m->start,
			     contents);
		check_string(mem, m->string);
	}
}

static void check_multiboot2(const struct boot *boot, const struct mem *mem,
			     uint64_t gpa, const struct content *contents)
{
	const struct multiboot2_info *head = info(mem, gpa, sizeof(*head));
	const struct multiboot2_tag *tag = NULL;
	uint64_t next = gpa + sizeof(*head), end = gpa + head->total_size;
	unsigned modules = 0;

	info(mem, gpa, head->total_size);
	check(gpa % MULTIBOOT2_ALIGN == 0);
	while (next < end) {
		tag = within(mem, next, sizeof(*tag), gpa, end);
		within(mem, next, tag->size, gpa, end);
		if (tag->type == MULTIBOOT2_CMDLINE)
			check_cmdline(boot, mem, next + sizeof(*tag));
		if (tag->type == MULTIBOOT2_MODULE) {
			const uint32_t *m = (const uint32_t *)(tag + 1);

			check_module(boot, mem, modules++, m[0], m[1] - m[0],
				     contents);
			check_string(mem, next + sizeof(*tag) + 8);
		}
		next += ALIGN_UP((uint64_t)tag->size, MULTIBOOT2_ALIGN);
		check((next < end) == (tag->type != MULTIBOOT2_END));
	}
	check(modules == boot->n_modules);
}

void boot_check_loaded(const struct boot *boot, const struct mem *mem,
		       const struct boot_cpu *cpu,
		       const struct content *contents)
{
	at(mem, cpu->rip, 1);
	check(cpu->rip >= LAYOUT_FREE && cpu->rip < MEM_HOLE_START);
	at(mem, cpu->gdt, cpu->gdt_limit + 1);
	check(cpu->cs < cpu->gdt_limit && cpu->ds < cpu->gdt_limit);
	switch (boot->format) {
	case BOOT_BZIMAGE:
	case BOOT_ELF_LINUX64:
		check_linux(boot, mem, cpu->rsi, contents);
		break;
	case BOOT_ELF_PVH:
		check_pvh(boot, mem, cpu->ebx, contents);
		break;
	case BOOT_MULTIBOOT:
		check_multiboot(boot, mem, cpu->ebx, contents);
		break;
	case BOOT_MULTIBOOT2:
		check_multiboot2(boot, mem, cpu->ebx, contents);
		break;
	}
}
