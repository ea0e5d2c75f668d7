/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_multiboot.c - Multiboot, which hobby systems and unikernels use
 *
 * Multiboot Specification 0.6.96: protected mode, paging off, ebx holding the
 * address of the multiboot information.  The initrd is the first module.  A
 * request for a video mode is not fulfilled, and the information says so.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/boot_format.h"
#include "firmware/e820.h"
#include "firmware/elf.h"
#include "firmware/info.h"
#include "firmware/layout.h"
#include "firmware/lowmem.h"
#include "firmware/mb_image.h"
#include "firmware/modules.h"
#include "firmware/multiboot.h"

/* Find the header; false if there is none.  A header that reaches over the
 * end of the file reads as zeros there. */
static bool find_header(const struct image *kernel,
			struct multiboot_header *header, uint64_t *offset)
{
	uint8_t buf[MULTIBOOT_SEARCH];
	size_t len = image_peek(kernel, 0, buf, sizeof(buf));

	for (size_t at = 0; at + 12 <= len; at += 4) {
		if (get_le32(buf + at) != MULTIBOOT_HEADER_MAGIC)
			continue;
		memset(header, 0, sizeof(*header));
		memcpy(header, buf + at, MIN(sizeof(*header), len - at));
		*offset = at;
		if (header->magic + header->flags + header->checksum == 0)
			return true;
	}
	return false;
}

static int read_image(const struct image *kernel,
		      const struct multiboot_header *header, uint64_t offset,
		      struct mb_image *mb)
{
	const struct mb_addresses fields = {
		.header = header->header_addr,
		.load = header->load_addr,
		.load_end = header->load_end,
		.bss_end = header->bss_end,
	};

	if (header->flags & MULTIBOOT_ADDRESSES)
		return mb_read_addresses(kernel, &fields, offset, header->entry,
					 mb);
	if (elf_is(kernel))
		return mb_read_elf(kernel, NULL, mb);
	return mb_refuse(kernel, "neither ELF nor with address fields: "
				 "set bit 16 of its header's flags");
}

/* As a probe; fills in @mb if it returns 1. */
static int multiboot_read(const struct boot *boot, struct mb_image *mb)
{
	const struct image *kernel = &boot->kernel;
	struct multiboot_header header;
	uint64_t offset;
	uint32_t known =
		MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY | MULTIBOOT_VIDEO;
	int rc;

	*mb = (struct mb_image){ 0 };
	if (!find_header(kernel, &header, &offset))
		return 0;
	if (header.flags & MULTIBOOT_REQUIRED & ~known)
		return log_fail(-ENOEXEC,
				"%s: multiboot: requires features unknown to "
				"the specification (flags %#x)",
				kernel->path, header.flags);
	rc = read_image(kernel, &header, offset, mb);
	if (rc == 0)
		rc = mb_check_place(mb, kernel);
	return rc < 0 ? rc : 1;
}

static int multiboot_probe(const struct boot *boot)
{
	struct mb_image mb;
	int rc = multiboot_read(boot, &mb);

	if (rc <= 0)
		return rc;
	rc = boot_check_cmdline(boot);
	return rc < 0 ? rc : 1;
}

static void put_memmap(struct multiboot_info *mbi, struct info *info,
		       const struct mem *mem)
{
	struct multiboot_memmap memmap[E820_MAX];
	struct e820 map;

	e820_build(&map, mem);
	for (unsigned i = 0; i < map.n; i++)
		memmap[i] = (struct multiboot_memmap){
			.size = sizeof(*memmap) - sizeof(uint32_t),
			.addr = map.entry[i].addr,
			.len = map.entry[i].len,
			.type = map.entry[i].type,
		};
	mbi->mem_lower = LAYOUT_EBDA / KIB;
	mbi->mem_upper = (uint32_t)((mem_low_end(mem) - LAYOUT_HIGH) / KIB);
	mbi->memmap_len = map.n * (uint32_t)sizeof(*memmap);
	mbi->memmap = info_put(info, memmap, mbi->memmap_len, 4);
}

/*
 * A command line as QEMU and GRUB Legacy write it: the name of the file, which
 * kernels skip, and @args.  A blank in the name would end the name early.
 */
static uint32_t put_line(struct info *info, const char *name, const char *args)
{
	uint32_t addr = info_put_words(info, name, args);
	char *p = info_at(info, addr);

	for (size_t i = 0; p && name[i]; i++)
		if (p[i] == ' ' || p[i] == '\t')
			p[i] = '_';
	return addr;
}

/* Describe the modules, which are at @addr. */
static void put_modules(struct multiboot_info *mbi, struct info *info,
			const struct boot *boot, const uint64_t *addr)
{
	struct multiboot_module module[BOOT_MODULES_MAX];

	if (!boot->n_modules)
		return;
	for (unsigned i = 0; i < boot->n_modules; i++) {
		const char *args = boot->module[i].args;

		module[i] = (struct multiboot_module){
			.start = (uint32_t)addr[i],
			.end = (uint32_t)(addr[i] + modules_size(boot, i)),
			.string = put_line(info,
					   image_name(&boot->module[i].file),
					   args ? args : ""),
		};
	}
	mbi->n_modules = boot->n_modules;
	mbi->modules =
		info_put(info, module, boot->n_modules * sizeof(*module), 4);
}

static void put_sections(struct multiboot_info *mbi, struct info *info,
			 const struct mb_sections *sections)
{
	if (!sections->table)
		return;
	mbi->flags |= MULTIBOOT_INFO_SECTIONS;
	mbi->n_sections = sections->n;
	mbi->section_len = sections->entry_len;
	mbi->section_names = sections->names;
	mbi->sections = info_put(info, sections->table, sections->table_len, 8);
}

/* Write the information and everything it points to; @cpu gets its address. */
static int put_info(const struct boot *boot, const struct mem *mem,
		    const uint64_t *addr, const struct mb_sections *sections,
		    struct boot_cpu *cpu)
{
	struct multiboot_info mbi = {
		.flags = MULTIBOOT_INFO_MEM | MULTIBOOT_INFO_CMDLINE |
			 MULTIBOOT_INFO_MODULES | MULTIBOOT_INFO_MEMMAP |
			 MULTIBOOT_INFO_LOADER,
	};
	struct info info;

	info_begin(&info, mem);
	put_memmap(&mbi, &info, mem);
	put_modules(&mbi, &info, boot, addr);
	put_sections(&mbi, &info, sections);
	mbi.cmdline = put_line(&info, image_name(&boot->kernel), boot->cmdline);
	mbi.loader_name = info_put_string(&info, "minivmm");
	cpu->ebx = info_put(&info, &mbi, sizeof(mbi), 8);
	return info_end(&info);
}

static int load_all(const struct boot *boot, const struct mem *mem,
		    const struct mb_image *mb, struct mb_sections *sections,
		    struct boot_cpu *cpu)
{
	struct modules_room room = { .floor = mb->end,
				     .ceiling = MEM_HOLE_START };
	uint64_t addr[BOOT_MODULES_MAX] = { 0 };
	int rc;

	rc = mb_load(mb, &boot->kernel, mem);
	if (rc == 0 && !mb->by_addresses)
		rc = mb_sections_load(sections, &mb->elf, &boot->kernel, mem,
				      &room.floor);
	if (rc == 0)
		rc = modules_load(boot, mem, &room, addr);
	if (rc < 0)
		return rc;
	lowmem_init(mem, BOOT_PROT32, LOWMEM_CS_MULTIBOOT, cpu);
	cpu->rip = mb->entry;
	cpu->eax = MULTIBOOT_EAX;
	return put_info(boot, mem, addr, sections, cpu);
}

static int multiboot_load(const struct boot *boot, const struct mem *mem,
			  uint64_t rsdp, struct boot_cpu *cpu)
{
	struct mb_sections sections = { 0 };
	struct mb_image mb;
	int rc;

	/* Kernels find it by searching for it, as on a PC. */
	(void)rsdp;
	rc = multiboot_read(boot, &mb);
	if (rc <= 0)
		return rc < 0 ? rc : boot_changed(boot);
	rc = load_all(boot, mem, &mb, &sections, cpu);
	mb_sections_free(&sections);
	return rc;
}

static void multiboot_describe(const struct boot *boot, FILE *out)
{
	struct mb_image mb;

	if (multiboot_read(boot, &mb) > 0)
		mb_describe(&mb, "multiboot (32-bit)", out);
}

const struct boot_format_ops boot_multiboot = {
	.name = "multiboot",
	.modules = true,
	.probe = multiboot_probe,
	.load = multiboot_load,
	.describe = multiboot_describe,
};
