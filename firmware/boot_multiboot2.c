/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_multiboot2.c - Multiboot2, which newer hobby systems use
 *
 * Multiboot2 Specification 2.0: protected mode, paging off, ebx holding the
 * address of the information, a list of tags.  Command lines have no file name,
 * as from GRUB 2.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/acpi_tables.h"
#include "firmware/boot_format.h"
#include "firmware/e820.h"
#include "firmware/elf.h"
#include "firmware/info.h"
#include "firmware/layout.h"
#include "firmware/lowmem.h"
#include "firmware/mb2_header.h"
#include "firmware/mb_image.h"
#include "firmware/modules.h"

/* What is known of a kernel before it is loaded. */
struct mb2_kernel {
	struct mb2_header header;
	struct mb_image image;
};

/* --- the image ---------------------------------------------------------- */

static int no_usable_entry(const struct image *kernel,
			   const struct mb2_header *header)
{
	const char *efi = header->efi64_entry ? "x86-64" : "i386";

	if (header->efi32_entry || header->efi64_entry)
		return log_fail(-ENOEXEC,
				"%s: multiboot2: can be entered by %s EFI "
				"only, and there is none: add an entry address "
				"tag to its header",
				kernel->path, efi);
	return log_fail(-ENOEXEC,
			"%s: multiboot2: has no entry address tag: add one to "
			"its header",
			kernel->path);
}

/* Read an ELF image.  Its own entry may be one for EFI only. */
static int read_elf(const struct image *kernel, const struct mb2_header *header,
		    struct mb_image *mb)
{
	int rc = mb_read_elf(kernel, header->has_entry ? &header->entry : NULL,
			     mb);

	if (rc == 0 && !header->has_entry &&
	    (mb->entry == header->efi32_entry ||
	     mb->entry == header->efi64_entry))
		return no_usable_entry(kernel, header);
	return rc;
}

static int read_image(const struct image *kernel,
		      const struct mb2_header *header, struct mb_image *mb)
{
	struct mb_addresses fields = {
		.header = header->address.header,
		.load = header->address.load,
		.load_end = header->address.load_end,
		.bss_end = header->address.bss_end,
	};

	/* -1: the image is loaded from the start of the file. */
	if (fields.load == UINT32_MAX)
		fields.load = fields.header - (uint32_t)header->offset;
	if (!header->has_entry && (header->has_address || !elf_is(kernel)))
		return no_usable_entry(kernel, header);
	if (header->has_address)
		return mb_read_addresses(kernel, &fields, header->offset,
					 header->entry, mb);
	if (elf_is(kernel))
		return read_elf(kernel, header, mb);
	return log_fail(-ENOEXEC,
			"%s: multiboot2: neither ELF nor with an address tag: "
			"add one to its header",
			kernel->path);
}

/* As a probe; fills in @k if it returns 1. */
static int multiboot2_read(const struct boot *boot, struct mb2_kernel *k)
{
	const struct image *kernel = &boot->kernel;
	int rc;

	*k = (struct mb2_kernel){ 0 };
	rc = mb2_header_read(kernel, &k->header);
	if (rc <= 0)
		return rc;
	rc = read_image(kernel, &k->header, &k->image);
	/* A kernel that can be moved gets its place when the memory is
	 * known. */
	if (rc == 0 && !k->header.relocatable)
		rc = mb_check_place(&k->image, kernel);
	return rc < 0 ? rc : 1;
}

static int multiboot2_probe(const struct boot *boot)
{
	struct mb2_kernel k;
	int rc = multiboot2_read(boot, &k);

	if (rc <= 0)
		return rc;
	rc = boot_check_cmdline(boot);
	return rc < 0 ? rc : 1;
}

static int cannot_move(const struct image *kernel,
		       const struct multiboot2_relocatable *where,
		       uint64_t size)
{
	return log_fail(-ENOSPC,
			"%s: multiboot2: its relocatable tag wants %llu KiB of "
			"memory from %#x to %#x: give more --mem, or mend its "
			"header",
			kernel->path, (unsigned long long)(size / KIB),
			where->min, where->max);
}

/*
 * Move an image as its relocatable tag asks for: to the lowest or the highest
 * possible place, whichever it prefers.  Without a preference, to where it was
 * linked, if that is within the tag's bounds.
 */
static int move_image(struct mb2_kernel *k, const struct image *kernel,
		      const struct mem *mem)
{
	const struct multiboot2_relocatable *where = &k->header.where;
	uint64_t align = MAX(where->align, 1);
	uint64_t size = k->image.end - k->image.start;
	uint64_t min = ALIGN_UP(MAX(where->min, LAYOUT_HIGH), align);
	uint64_t end = MIN((uint64_t)where->max + 1, mem_low_end(mem));
	uint64_t start = k->image.start;

	if (min > end || size > end - min)
		return cannot_move(kernel, where, size);
	if (where->preference == MULTIBOOT2_HIGHEST)
		start = ALIGN_DOWN(end - size, align);
	else if (where->preference == MULTIBOOT2_LOWEST || start < min ||
		 start > end - size || start % align)
		start = min;
	return mb_move(&k->image, kernel, start - k->image.start);
}

/* --- the information ---------------------------------------------------- */

/* Begin a tag of @type whose contents have @len bytes. */
static void put_tag(struct info *info, uint32_t type, size_t len)
{
	const struct multiboot2_tag tag = {
		.type = type,
		.size = (uint32_t)(sizeof(tag) + len),
	};

	info_put(info, &tag, sizeof(tag), MULTIBOOT2_ALIGN);
}

static void put_whole_tag(struct info *info, uint32_t type, const void *body,
			  size_t len)
{
	put_tag(info, type, len);
	info_put(info, body, len, 1);
}

static void put_string(struct info *info, uint32_t type, const char *string)
{
	put_whole_tag(info, type, string, strlen(string) + 1);
}

/* A module without a command line of its own gets the name of its file. */
static void put_modules(struct info *info, const struct boot *boot,
			const uint64_t *addr)
{
	for (unsigned i = 0; i < boot->n_modules; i++) {
		const struct multiboot2_module module = {
			.start = (uint32_t)addr[i],
			.end = (uint32_t)(addr[i] + modules_size(boot, i)),
		};
		const char *args = boot->module[i].args;

		if (!args)
			args = image_name(&boot->module[i].file);
		put_tag(info, MULTIBOOT2_MODULE,
			sizeof(module) + strlen(args) + 1);
		info_put(info, &module, sizeof(module), 1);
		info_put_string(info, args);
	}
}

static void put_memory(struct info *info, const struct mem *mem)
{
	const struct multiboot2_meminfo meminfo = {
		.lower = LAYOUT_EBDA / KIB,
		.upper = (uint32_t)((mem_low_end(mem) - LAYOUT_HIGH) / KIB),
	};
	struct multiboot2_memmap_entry entry[E820_MAX];
	const struct multiboot2_memmap head = { .entry_size = sizeof(*entry) };
	struct e820 map;

	put_whole_tag(info, MULTIBOOT2_MEMINFO, &meminfo, sizeof(meminfo));
	e820_build(&map, mem);
	for (unsigned i = 0; i < map.n; i++)
		entry[i] = (struct multiboot2_memmap_entry){
			.addr = map.entry[i].addr,
			.len = map.entry[i].len,
			.type = map.entry[i].type,
		};
	put_tag(info, MULTIBOOT2_MEMMAP, sizeof(head) + map.n * sizeof(*entry));
	info_put(info, &head, sizeof(head), 1);
	info_put(info, entry, map.n * sizeof(*entry), 1);
}

/* Two copies of the root pointer: the part that ACPI 1.0 knew, and all of
 * it. */
static void put_acpi(struct info *info, const struct mem *mem, uint64_t rsdp)
{
	const void *root =
		rsdp ? mem_at(mem, rsdp, sizeof(struct acpi_rsdp)) : NULL;

	if (!root)
		return;
	put_whole_tag(info, MULTIBOOT2_ACPI_OLD, root,
		      offsetof(struct acpi_rsdp, length));
	put_whole_tag(info, MULTIBOOT2_ACPI_NEW, root,
		      sizeof(struct acpi_rsdp));
}

static void put_load_base(struct info *info, const struct mb2_kernel *k)
{
	uint32_t base = (uint32_t)k->image.start;

	if (k->header.relocatable)
		put_whole_tag(info, MULTIBOOT2_LOAD_BASE, &base, sizeof(base));
}

static void put_sections(struct info *info, const struct mb_sections *sections)
{
	const struct multiboot2_sections head = {
		.n = sections->n,
		.entry_len = sections->entry_len,
		.names = sections->names,
	};

	if (!sections->table)
		return;
	put_tag(info, MULTIBOOT2_ELF_SECTIONS,
		sizeof(head) + sections->table_len);
	info_put(info, &head, sizeof(head), 1);
	info_put(info, sections->table, sections->table_len, 1);
}

/* Write all the information; @cpu gets its address. */
static int put_info(const struct boot *boot, const struct mem *mem,
		    const struct mb2_kernel *k, uint64_t rsdp,
		    const uint64_t *addr, const struct mb_sections *sections,
		    struct boot_cpu *cpu)
{
	const struct multiboot2_info none = { 0 };
	struct multiboot2_info *head;
	struct info info;

	info_begin(&info, mem);
	cpu->ebx = info_put(&info, &none, sizeof(none), MULTIBOOT2_ALIGN);
	put_string(&info, MULTIBOOT2_CMDLINE, boot->cmdline);
	put_string(&info, MULTIBOOT2_LOADER_NAME, "minivmm");
	put_modules(&info, boot, addr);
	put_memory(&info, mem);
	put_acpi(&info, mem, rsdp);
	put_load_base(&info, k);
	put_sections(&info, sections);
	put_tag(&info, MULTIBOOT2_END, 0);
	head = info_at(&info, cpu->ebx);
	if (head)
		head->total_size = (uint32_t)info.used;
	return info_end(&info);
}

/* --- the format --------------------------------------------------------- */

/* Where modules go: above the kernel.  If the kernel was moved to the top,
 * below it. */
static struct modules_room find_room(const struct mb2_kernel *k, uint64_t end)
{
	bool top = k->header.relocatable &&
		   k->header.where.preference == MULTIBOOT2_HIGHEST;

	return (struct modules_room){
		.floor = top ? LAYOUT_HIGH : end,
		.ceiling = top ? k->image.start : MEM_HOLE_START,
	};
}

static int load_all(const struct boot *boot, const struct mem *mem,
		    const struct mb2_kernel *k, uint64_t rsdp,
		    struct mb_sections *sections, struct boot_cpu *cpu)
{
	uint64_t addr[BOOT_MODULES_MAX] = { 0 }, end = k->image.end;
	struct modules_room room;
	int rc;

	rc = mb_load(&k->image, &boot->kernel, mem);
	if (rc == 0 && !k->image.by_addresses)
		rc = mb_sections_load(sections, &k->image.elf, &boot->kernel,
				      mem, &end);
	if (rc < 0)
		return rc;
	room = find_room(k, end);
	rc = modules_load(boot, mem, &room, addr);
	if (rc < 0)
		return rc;
	lowmem_init(mem, BOOT_PROT32, LOWMEM_CS_MULTIBOOT, cpu);
	cpu->rip = k->image.entry;
	cpu->eax = MULTIBOOT2_EAX;
	return put_info(boot, mem, k, rsdp, addr, sections, cpu);
}

static int multiboot2_load(const struct boot *boot, const struct mem *mem,
			   uint64_t rsdp, struct boot_cpu *cpu)
{
	struct mb_sections sections = { 0 };
	struct mb2_kernel k;
	int rc = multiboot2_read(boot, &k);

	if (rc <= 0)
		return rc < 0 ? rc : boot_changed(boot);
	rc = k.header.relocatable ? move_image(&k, &boot->kernel, mem) : 0;
	if (rc == 0)
		rc = load_all(boot, mem, &k, rsdp, &sections, cpu);
	mb_sections_free(&sections);
	return rc;
}

/* Name the information that the kernel asks for and does not get. */
static void describe_requests(uint32_t requests, FILE *out)
{
	static const char *const missing[MULTIBOOT2_N_TAGS] = {
		[5] = "BIOS boot device", [7] = "VBE",
		[8] = "framebuffer",	  [10] = "APM",
		[11] = "EFI32",		  [12] = "EFI64",
		[13] = "SMBIOS",	  [16] = "network",
		[17] = "EFI memory map",  [18] = "EFI boot services",
		[19] = "EFI32 handle",	  [20] = "EFI64 handle",
	};
	const char *before = "  not available: ";

	for (unsigned i = 0; i < MULTIBOOT2_N_TAGS; i++)
		if (requests & BIT(i) && missing[i]) {
			fprintf(out, "%s%s", before, missing[i]);
			before = ", ";
		}
	if (*before == ',')
		fprintf(out, "\n");
}

static void multiboot2_describe(const struct boot *boot, FILE *out)
{
	struct mb2_kernel k;

	if (multiboot2_read(boot, &k) <= 0)
		return;
	mb_describe(&k.image, "multiboot2 (32-bit)", out);
	if (k.header.relocatable)
		fprintf(out, "  relocatable: %#x to %#x\n", k.header.where.min,
			k.header.where.max);
	describe_requests(k.header.requests, out);
}

const struct boot_format_ops boot_multiboot2 = {
	.name = "multiboot2",
	.modules = true,
	.probe = multiboot2_probe,
	.load = multiboot2_load,
	.describe = multiboot2_describe,
};
