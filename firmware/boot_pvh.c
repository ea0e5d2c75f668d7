/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_pvh.c - ELF kernels with a PVH note
 *
 * The x86/HVM direct boot ABI of the Xen project (docs/misc/pvh): protected
 * mode, paging off, ebx holding the address of a start info structure.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "firmware/boot_format.h"
#include "firmware/e820.h"
#include "firmware/elf.h"
#include "firmware/layout.h"
#include "firmware/lowmem.h"
#include "vmm/mem.h"

#define START_INFO_MAGIC   0x336ec578
#define START_INFO_VERSION 1

/* struct hvm_start_info, version 1. */
struct start_info {
	uint32_t magic, version;
	uint32_t flags, n_modules;
	uint64_t modules, cmdline, rsdp;
	/* Since version 1. */
	uint64_t memmap;
	uint32_t n_memmap, reserved;
};

/* struct hvm_modlist_entry. */
struct start_module {
	uint64_t addr, size, cmdline, reserved;
};

/* struct hvm_memmap_table_entry; the types are e820's. */
struct start_memmap {
	uint64_t addr, size;
	uint32_t type, reserved;
};

/* All that goes to LAYOUT_INFO. */
struct start_block {
	struct start_info info;
	struct start_module module;
	struct start_memmap memmap[E820_MAX];
};

_Static_assert(sizeof(struct start_block) <= LAYOUT_INFO_LEN, "a page");

static void fill_memmap(struct start_block *block, const struct mem *mem)
{
	struct e820 map;

	e820_build(&map, mem);
	block->info.memmap = LAYOUT_INFO + offsetof(struct start_block, memmap);
	block->info.n_memmap = map.n;
	for (unsigned i = 0; i < map.n; i++)
		block->memmap[i] = (struct start_memmap){
			.addr = map.entry[i].addr,
			.size = map.entry[i].len,
			.type = map.entry[i].type,
		};
}

static void fill_initrd(struct start_block *block, const struct boot *boot,
			uint64_t addr)
{
	block->info.modules =
		LAYOUT_INFO + offsetof(struct start_block, module);
	block->info.n_modules = 1;
	block->module = (struct start_module){
		.addr = addr,
		.size = boot_initrd_size(boot),
	};
}

/* As a probe, and fills in @elf if it returns 1. */
static int pvh_read(const struct boot *boot, struct elf_kernel *elf)
{
	int rc;

	if (!elf_is(&boot->kernel))
		return 0;
	rc = elf_read(&boot->kernel, elf);
	return rc < 0 ? rc : elf->has_pvh;
}

static int pvh_probe(const struct boot *boot)
{
	struct elf_kernel elf;
	int rc = pvh_read(boot, &elf);

	if (rc <= 0)
		return rc;
	rc = lowmem_check_cmdline(boot->cmdline, UINT64_MAX);
	return rc < 0 ? rc : 1;
}

static int pvh_load(const struct boot *boot, const struct mem *mem,
		    uint64_t rsdp, struct boot_cpu *cpu)
{
	struct start_block block = {
		.info = {
			.magic = START_INFO_MAGIC,
			.version = START_INFO_VERSION,
			.cmdline = LAYOUT_CMDLINE,
			.rsdp = rsdp,
		},
	};
	struct elf_kernel elf;
	uint64_t initrd = 0;
	void *to;
	int rc;

	rc = pvh_read(boot, &elf);
	if (rc <= 0)
		return rc < 0 ? rc : boot_changed(boot);
	rc = elf_load(&elf, &boot->kernel, mem);
	if (rc == 0 && boot->has_initrd)
		rc = lowmem_load_initrd(boot, mem, elf.end, MEM_HOLE_START,
					INITRD_HIGH, &initrd);
	if (rc < 0)
		return rc;
	if (boot->has_initrd)
		fill_initrd(&block, boot, initrd);
	fill_memmap(&block, mem);
	to = mem_at(mem, LAYOUT_INFO, sizeof(block));
	assert(to);
	memcpy(to, &block, sizeof(block));
	lowmem_put_cmdline(mem, boot->cmdline);
	lowmem_init(mem, BOOT_PROT32, cpu);
	cpu->rip = elf.pvh_entry;
	cpu->ebx = LAYOUT_INFO;
	return 0;
}

static void pvh_describe(const struct boot *boot, FILE *out)
{
	struct elf_kernel elf;

	if (pvh_read(boot, &elf) > 0)
		elf_describe(&elf, "PVH (32-bit)", elf.pvh_entry, out);
}

const struct boot_format_ops boot_pvh = {
	.name = "ELF with a PVH note",
	.probe = pvh_probe,
	.load = pvh_load,
	.describe = pvh_describe,
};
