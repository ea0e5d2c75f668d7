/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/lowmem.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/boot_format.h"
#include "firmware/layout.h"

#define PAGE_SIZE UINT64_C(0x1000)

/* Page table entry bits; accessed and dirty are set to save the walker the
 * writes.  Intel SDM volume 3, 4.5. */
enum {
	PTE_PRESENT = 1 << 0,
	PTE_WRITE = 1 << 1,
	PTE_ACCESSED = 1 << 5,
	PTE_DIRTY = 1 << 6,
	PTE_LARGE = 1 << 7,
};
#define PTE_TABLE (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
#define PTE_LEAF  (PTE_TABLE | PTE_DIRTY | PTE_LARGE)

/* Flat 4 GiB segments, accessed, at ring 0; Intel SDM volume 3, 3.4.5. */
#define SEGMENT_CODE32 UINT64_C(0x00cf9b000000ffff)
#define SEGMENT_CODE64 UINT64_C(0x00af9b000000ffff)
#define SEGMENT_DATA   UINT64_C(0x00cf93000000ffff)

/* All addresses of layout.h are within the smallest memory. */
static void *low(const struct mem *mem, uint64_t gpa, uint64_t len)
{
	void *p = mem_at(mem, gpa, len);

	assert(p);
	return p;
}

static void put_le16(const struct mem *mem, uint64_t gpa, uint16_t value)
{
	memcpy(low(mem, gpa, sizeof(value)), &value, sizeof(value));
}

static void put_bios_data(const struct mem *mem)
{
	put_le16(mem, LAYOUT_BDA_COM1, 0x3f8);
	put_le16(mem, LAYOUT_BDA_EBDA, LAYOUT_EBDA >> 4);
	put_le16(mem, LAYOUT_BDA_MEM_SIZE, LAYOUT_EBDA / KIB);
	/* The size of the EBDA in KiB. */
	put_le16(mem, LAYOUT_EBDA, (LAYOUT_LOW_END - LAYOUT_EBDA) / KIB);
}

/* Map the first 4 GiB to themselves by 2 MiB pages. */
static void put_page_tables(const struct mem *mem)
{
	uint64_t *pml4 = low(mem, LAYOUT_TABLES, 6 * PAGE_SIZE);
	uint64_t *pdpt = pml4 + 512, *pd = pdpt + 512;

	pml4[0] = (LAYOUT_TABLES + PAGE_SIZE) | PTE_TABLE;
	for (unsigned i = 0; i < 4; i++)
		pdpt[i] = (LAYOUT_TABLES + (2 + i) * PAGE_SIZE) | PTE_TABLE;
	for (unsigned i = 0; i < 4 * 512; i++)
		pd[i] = 2 * MIB * i | PTE_LEAF;
}

void lowmem_init(const struct mem *mem, enum boot_mode mode, uint16_t cs,
		 struct boot_cpu *cpu)
{
	bool is64 = mode == BOOT_LONG64;
	uint64_t gdt[4] = { 0 };

	assert(cs == LOWMEM_CS_LINUX || cs == LOWMEM_CS_MULTIBOOT);
	gdt[cs / 8] = is64 ? SEGMENT_CODE64 : SEGMENT_CODE32;
	gdt[cs / 8 + 1] = SEGMENT_DATA;
	put_bios_data(mem);
	memcpy(low(mem, LAYOUT_GDT, sizeof(gdt)), gdt, sizeof(gdt));
	if (is64)
		put_page_tables(mem);
	*cpu = (struct boot_cpu){
		.mode = mode,
		.rsp = LAYOUT_STACK_TOP,
		.cr3 = is64 ? LAYOUT_TABLES : 0,
		.gdt = LAYOUT_GDT,
		.gdt_limit = sizeof(gdt) - 1,
		.cs = cs,
		.ds = cs + 8,
	};
}

int lowmem_check_cmdline(const char *cmdline, uint64_t max)
{
	size_t len = strlen(cmdline);

	max = MIN(max, LAYOUT_CMDLINE_MAX);
	if (len > max)
		return log_fail(-E2BIG,
				"command line: %zu bytes, but the kernel takes "
				"%llu: shorten it",
				len, (unsigned long long)max);
	return 0;
}

int lowmem_check_kernel(const char *path, uint64_t addr, uint64_t len)
{
	bool low_ok = addr >= LAYOUT_FREE && addr <= LAYOUT_FREE_END &&
		      len <= LAYOUT_FREE_END - addr;
	bool high_ok = addr >= LAYOUT_KERNEL && addr <= MEM_HOLE_START &&
		       len <= MEM_HOLE_START - addr;

	if (low_ok || high_ok)
		return 0;
	return log_fail(-ENOEXEC,
			"%s: loads %#llx bytes at %#llx, where no kernel can: "
			"link it between 1 MiB and 3 GiB",
			path, (unsigned long long)len,
			(unsigned long long)addr);
}

static unsigned long long mib_up(uint64_t bytes)
{
	return ALIGN_UP(bytes, MIB) / MIB;
}

int lowmem_check_fits(const struct mem *mem, const char *path, uint64_t end)
{
	if (end <= mem_low_end(mem))
		return 0;
	return log_fail(-ENOSPC, "%s: needs at least --mem %lluM", path,
			mib_up(end));
}
