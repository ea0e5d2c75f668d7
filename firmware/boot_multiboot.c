/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_multiboot.c - what hobby systems and unikernels use
 *
 * Multiboot Specification 0.6.96: protected mode, paging off, ebx holding
 * the address of the multiboot information.  The image is an ELF file or,
 * with address fields in the header, anything.  The initrd is the first
 * module.  A wish for a video mode goes unanswered, as the information says.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "firmware/boot_format.h"
#include "firmware/e820.h"
#include "firmware/elf.h"
#include "firmware/layout.h"
#include "firmware/lowmem.h"
#include "firmware/multiboot.h"
#include "vmm/log.h"
#include "vmm/mem.h"

/* A kernel to be loaded: by the header's address fields or as ELF. */
struct mb_kernel {
	bool by_addresses;
	/* Address fields: what part of the file goes where. */
	uint64_t offset, load, len;
	struct elf_kernel elf;
	/* The end of its memory. */
	uint64_t end;
	uint64_t entry;
};

/* All that goes to LAYOUT_INFO. */
struct mb_block {
	struct multiboot_info info;
	struct multiboot_module module;
	struct multiboot_memmap memmap[E820_MAX];
	char loader_name[16];
	/* A file's name without its directory: NAME_MAX and a NUL. */
	char module_name[256];
};

_Static_assert(sizeof(struct mb_block) <= LAYOUT_INFO_LEN, "a page");

#define BLOCK_ADDR(field) (LAYOUT_INFO + offsetof(struct mb_block, field))

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

static int refuse(const struct image *kernel, const char *why)
{
	return log_fail(-ENOEXEC, "%s: multiboot: %s", kernel->path, why);
}

static int read_addresses(const struct image *kernel,
			  const struct multiboot_header *header,
			  uint64_t offset, struct mb_kernel *mb)
{
	uint64_t before = (uint64_t)header->header_addr - header->load_addr;
	uint64_t load_end = header->load_end;
	int rc;

	/* Differences of a wrong sign have wrapped, and are too large. */
	if (before > offset)
		return refuse(kernel, "its header_addr and load_addr do not "
				      "fit together: mend its header");
	mb->by_addresses = true;
	mb->load = header->load_addr;
	mb->offset = offset - before;
	if (load_end == 0)
		load_end = mb->load + kernel->size - mb->offset;
	mb->len = load_end - mb->load;
	if (mb->len > kernel->size - mb->offset)
		return refuse(kernel, "its load_end_addr is beyond the end of "
				      "the file: get a whole copy");
	mb->end = MAX(load_end, header->bss_end);
	mb->entry = header->entry;
	rc = lowmem_check_kernel(kernel->path, mb->load, mb->end - mb->load);
	if (rc < 0)
		return rc;
	if (mb->entry - mb->load >= mb->len)
		return refuse(kernel, "its entry_addr lies outside of what it "
				      "loads: mend its header");
	return 0;
}

static int read_elf(const struct image *kernel, struct mb_kernel *mb)
{
	int rc = elf_read(kernel, &mb->elf);

	if (rc < 0)
		return rc;
	if (!mb->elf.has_entry)
		return elf_no_entry(kernel);
	mb->end = mb->elf.end;
	mb->entry = mb->elf.entry;
	return 0;
}

/* As a probe, and fills in @mb if it returns 1. */
static int multiboot_read(const struct boot *boot, struct mb_kernel *mb)
{
	const struct image *kernel = &boot->kernel;
	struct multiboot_header header;
	uint64_t offset;
	uint32_t known =
		MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY | MULTIBOOT_VIDEO;
	int rc;

	*mb = (struct mb_kernel){ 0 };
	if (!find_header(kernel, &header, &offset))
		return 0;
	if (header.flags & MULTIBOOT_REQUIRED & ~known)
		return log_fail(-ENOEXEC,
				"%s: multiboot: requires features unknown to "
				"the specification (flags %#x)",
				kernel->path, header.flags);
	if (header.flags & MULTIBOOT_ADDRESSES)
		rc = read_addresses(kernel, &header, offset, mb);
	else if (elf_is(kernel))
		rc = read_elf(kernel, mb);
	else
		rc = refuse(kernel, "neither ELF nor with address fields: "
				    "set bit 16 of its header's flags");
	return rc < 0 ? rc : 1;
}

static int multiboot_probe(const struct boot *boot)
{
	struct mb_kernel mb;
	int rc = multiboot_read(boot, &mb);

	if (rc <= 0)
		return rc;
	rc = lowmem_check_cmdline(boot->cmdline, UINT64_MAX);
	return rc < 0 ? rc : 1;
}

static int load_kernel(const struct boot *boot, const struct mem *mem,
		       const struct mb_kernel *mb)
{
	int rc;

	if (!mb->by_addresses)
		return elf_load(&mb->elf, &boot->kernel, mem);
	rc = lowmem_check_fits(mem, boot->kernel.path, mb->end);
	if (rc < 0)
		return rc;
	return image_load(&boot->kernel, mb->offset, mb->len, mem, mb->load);
}

static void fill_memmap(struct mb_block *block, const struct mem *mem)
{
	struct e820 map;

	e820_build(&map, mem);
	block->info.mem_lower = LAYOUT_EBDA / KIB;
	block->info.mem_upper =
		(uint32_t)((mem_low_end(mem) - LAYOUT_HIGH) / KIB);
	block->info.memmap = BLOCK_ADDR(memmap);
	block->info.memmap_len = map.n * (uint32_t)sizeof(block->memmap[0]);
	for (unsigned i = 0; i < map.n; i++)
		block->memmap[i] = (struct multiboot_memmap){
			.size = sizeof(block->memmap[0]) - sizeof(uint32_t),
			.addr = map.entry[i].addr,
			.len = map.entry[i].len,
			.type = map.entry[i].type,
		};
}

static void fill_module(struct mb_block *block, const struct boot *boot,
			uint64_t addr)
{
	const char *slash = strrchr(boot->initrd.path, '/');

	block->info.n_modules = 1;
	block->module = (struct multiboot_module){
		.start = (uint32_t)addr,
		.end = (uint32_t)(addr + boot->initrd.size),
		.string = BLOCK_ADDR(module_name),
	};
	snprintf(block->module_name, sizeof(block->module_name), "%s",
		 slash ? slash + 1 : boot->initrd.path);
}

static int multiboot_load(const struct boot *boot, const struct mem *mem,
			  uint64_t rsdp, struct boot_cpu *cpu)
{
	struct mb_block block = {
		.info = {
			.flags = MULTIBOOT_INFO_MEM | MULTIBOOT_INFO_CMDLINE |
				 MULTIBOOT_INFO_MODULES |
				 MULTIBOOT_INFO_MEMMAP | MULTIBOOT_INFO_LOADER,
			.cmdline = LAYOUT_CMDLINE,
			.modules = BLOCK_ADDR(module),
			.loader_name = BLOCK_ADDR(loader_name),
		},
		.loader_name = "minivmm",
	};
	struct mb_kernel mb;
	uint64_t initrd = 0;
	void *to;
	int rc;

	/* It is found by searching, as on a PC. */
	(void)rsdp;
	rc = multiboot_read(boot, &mb);
	if (rc <= 0)
		return rc < 0 ? rc : boot_changed(boot);
	rc = load_kernel(boot, mem, &mb);
	if (rc == 0 && boot->has_initrd)
		rc = lowmem_load_initrd(boot, mem, mb.end, MEM_HOLE_START,
					INITRD_LOW, &initrd);
	if (rc < 0)
		return rc;
	if (boot->has_initrd)
		fill_module(&block, boot, initrd);
	fill_memmap(&block, mem);
	to = mem_at(mem, LAYOUT_INFO, sizeof(block));
	assert(to);
	memcpy(to, &block, sizeof(block));
	lowmem_put_cmdline(mem, boot->cmdline);
	lowmem_init(mem, BOOT_PROT32, cpu);
	cpu->rip = mb.entry;
	cpu->eax = MULTIBOOT_EAX;
	cpu->ebx = LAYOUT_INFO;
	return 0;
}

static void multiboot_describe(const struct boot *boot, FILE *out)
{
	struct mb_kernel mb;

	if (multiboot_read(boot, &mb) <= 0)
		return;
	if (!mb.by_addresses) {
		elf_describe(&mb.elf, "multiboot (32-bit)", mb.entry, out);
		return;
	}
	fprintf(out, "  entries: multiboot (32-bit) at %#llx\n",
		(unsigned long long)mb.entry);
	fprintf(out, "  load address: %#llx to %#llx\n",
		(unsigned long long)mb.load, (unsigned long long)mb.end);
	fprintf(out, "  needs: %llu MiB\n",
		(unsigned long long)(ALIGN_UP(mb.end, MIB) / MIB));
}

const struct boot_format_ops boot_multiboot = {
	.name = "multiboot",
	.probe = multiboot_probe,
	.load = multiboot_load,
	.describe = multiboot_describe,
};
