/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_pvh.c - ELF kernels with a PVH note
 *
 * The x86/HVM direct boot ABI of the Xen project (docs/misc/pvh): protected
 * mode, paging off, ebx holding the address of a start info structure.
 */
#include "base/mem.h"
#include "firmware/boot_format.h"
#include "firmware/e820.h"
#include "firmware/elf.h"
#include "firmware/info.h"
#include "firmware/lowmem.h"
#include "firmware/modules.h"

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

static void put_memmap(struct start_info *start, struct info *info,
		       const struct mem *mem)
{
	struct start_memmap memmap[E820_MAX];
	struct e820 map;

	e820_build(&map, mem);
	for (unsigned i = 0; i < map.n; i++)
		memmap[i] = (struct start_memmap){
			.addr = map.entry[i].addr,
			.size = map.entry[i].len,
			.type = map.entry[i].type,
		};
	start->n_memmap = map.n;
	start->memmap = info_put(info, memmap, map.n * sizeof(*memmap), 8);
}

/* Describe the modules, which are at @addr. */
static void put_modules(struct start_info *start, struct info *info,
			const struct boot *boot, const uint64_t *addr)
{
	struct start_module module[BOOT_MODULES_MAX];

	if (!boot->n_modules)
		return;
	for (unsigned i = 0; i < boot->n_modules; i++) {
		const char *args = boot->module[i].args;

		module[i] = (struct start_module){
			.addr = addr[i],
			.size = modules_size(boot, i),
			.cmdline = args ? info_put_string(info, args) : 0,
		};
	}
	start->n_modules = boot->n_modules;
	start->modules =
		info_put(info, module, boot->n_modules * sizeof(*module), 8);
}

/* Write the start info and everything it points to; @cpu gets its address. */
static int put_start_info(const struct boot *boot, const struct mem *mem,
			  uint64_t rsdp, const uint64_t *addr,
			  struct boot_cpu *cpu)
{
	struct start_info start = {
		.magic = START_INFO_MAGIC,
		.version = START_INFO_VERSION,
		.rsdp = rsdp,
	};
	struct info info;

	info_begin(&info, mem);
	put_memmap(&start, &info, mem);
	put_modules(&start, &info, boot, addr);
	start.cmdline = info_put_string(&info, boot->cmdline);
	cpu->ebx = info_put(&info, &start, sizeof(start), 8);
	return info_end(&info);
}

/* As a probe; fills in @elf if it returns 1. */
static int pvh_read(const struct boot *boot, struct elf_kernel *elf)
{
	int rc;

	if (!elf_is(&boot->kernel) || !elf_has_pvh(&boot->kernel))
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
	rc = boot_check_cmdline(boot);
	return rc < 0 ? rc : 1;
}

static int pvh_load(const struct boot *boot, const struct mem *mem,
		    uint64_t rsdp, struct boot_cpu *cpu)
{
	/* Linux reads only the lower halves of the addresses. */
	struct modules_room room = { .ceiling = MEM_HOLE_START, .high = true };
	uint64_t addr[BOOT_MODULES_MAX] = { 0 };
	struct elf_kernel elf;
	int rc;

	rc = pvh_read(boot, &elf);
	if (rc <= 0)
		return rc < 0 ? rc : boot_changed(boot);
	room.floor = elf.end;
	rc = elf_load(&elf, &boot->kernel, mem);
	if (rc == 0)
		rc = modules_load(boot, mem, &room, addr);
	if (rc < 0)
		return rc;
	lowmem_init(mem, BOOT_PROT32, LOWMEM_CS_LINUX, cpu);
	cpu->rip = elf.pvh_entry;
	return put_start_info(boot, mem, rsdp, addr, cpu);
}

static void pvh_describe(const struct boot *boot, FILE *out)
{
	struct elf_kernel elf;

	if (pvh_read(boot, &elf) > 0)
		elf_describe(&elf, "PVH (32-bit)", elf.pvh_entry, out);
}

const struct boot_format_ops boot_pvh = {
	.name = "ELF with a PVH note",
	.modules = true,
	.probe = pvh_probe,
	.load = pvh_load,
	.describe = pvh_describe,
};
