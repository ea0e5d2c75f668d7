/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/mb_image.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/layout.h"
#include "firmware/lowmem.h"

int mb_refuse(const struct image *kernel, const char *why)
{
	return log_fail(-ENOEXEC, "%s: multiboot: %s", kernel->path, why);
}

int mb_read_addresses(const struct image *kernel,
		      const struct mb_addresses *fields, uint64_t offset,
		      uint64_t entry, struct mb_image *mb)
{
	uint64_t before = (uint64_t)fields->header - fields->load;
	uint64_t load_end = fields->load_end;

	/* A negative difference has wrapped around, and so is too large. */
	if (before > offset)
		return mb_refuse(kernel, "its header_addr and load_addr do not "
					 "fit together: mend its header");
	mb->by_addresses = true;
	mb->load = fields->load;
	mb->offset = offset - before;
	if (load_end == 0)
		load_end = mb->load + kernel->size - mb->offset;
	mb->len = load_end - mb->load;
	if (mb->len > kernel->size - mb->offset)
		return mb_refuse(kernel, "its load_end_addr is beyond the end "
					 "of the file: get a whole copy");
	mb->start = mb->load;
	mb->end = MAX(load_end, fields->bss_end);
	mb->entry = entry;
	if (mb->entry - mb->load >= mb->len)
		return mb_refuse(kernel, "its entry_addr lies outside of what "
					 "it loads: mend its header");
	return 0;
}

int mb_read_elf(const struct image *kernel, const uint32_t *entry,
		struct mb_image *mb)
{
	int rc = elf_read_movable(kernel, &mb->elf);

	if (rc < 0)
		return rc;
	if (entry && !elf_contains(&mb->elf, *entry))
		return mb_refuse(kernel, "its entry address tag points outside "
					 "of what it loads: mend its header");
	if (!entry && !mb->elf.has_entry)
		return elf_no_entry(kernel);
	mb->by_addresses = false;
	mb->start = mb->elf.start;
	mb->end = mb->elf.end;
	mb->entry = entry ? *entry : mb->elf.entry;
	return 0;
}

int mb_move(struct mb_image *mb, const struct image *kernel, uint64_t delta)
{
	mb->start += delta;
	mb->end += delta;
	mb->entry += delta;
	if (!mb->by_addresses)
		return elf_move(&mb->elf, kernel, delta);
	mb->load += delta;
	return lowmem_check_kernel(kernel->path, mb->start,
				   mb->end - mb->start);
}

int mb_check_place(struct mb_image *mb, const struct image *kernel)
{
	return mb_move(mb, kernel, 0);
}

int mb_load(const struct mb_image *mb, const struct image *kernel,
	    const struct mem *mem)
{
	int rc;

	if (!mb->by_addresses)
		return elf_load(&mb->elf, kernel, mem);
	rc = lowmem_check_fits(mem, kernel->path, mb->end);
	if (rc < 0)
		return rc;
	return image_load(kernel, mb->offset, mb->len, mem, mb->load);
}

void mb_describe(const struct mb_image *mb, const char *mode, FILE *out)
{
	if (!mb->by_addresses) {
		elf_describe(&mb->elf, mode, mb->entry, out);
		return;
	}
	fprintf(out, "  entries: %s at %#llx\n", mode,
		(unsigned long long)mb->entry);
	fprintf(out, "  load address: %#llx to %#llx\n",
		(unsigned long long)mb->start, (unsigned long long)mb->end);
	fprintf(out, "  needs: %llu MiB\n",
		(unsigned long long)(ALIGN_UP(mb->end, MIB) / MIB));
}

/* The most bytes of headers that are passed on.  More would leave no room for
 * the rest of the information. */
#define TABLE_MAX (16 * KIB)
#define PAGE_SIZE UINT64_C(0x1000)

/* A section header of either class, as far as it matters here. */
struct section {
	uint32_t type;
	uint64_t flags, offset, size;
};

static struct section parse(const struct elf_kernel *elf, const uint8_t *at)
{
	Elf64_Shdr s64;
	Elf32_Shdr s32;

	if (elf->is64) {
		memcpy(&s64, at, sizeof(s64));
		return (struct section){ s64.sh_type, s64.sh_flags,
					 s64.sh_offset, s64.sh_size };
	}
	memcpy(&s32, at, sizeof(s32));
	return (struct section){ s32.sh_type, s32.sh_flags, s32.sh_offset,
				 s32.sh_size };
}

/* Set the address in the section header at @at to @addr. */
static void set_addr(const struct elf_kernel *elf, uint8_t *at, uint64_t addr)
{
	uint32_t low = (uint32_t)addr;

	if (elf->is64)
		memcpy(at + offsetof(Elf64_Shdr, sh_addr), &addr, sizeof(addr));
	else
		memcpy(at + offsetof(Elf32_Shdr, sh_addr), &low, sizeof(low));
}

/* Whether the section has symbols, or names of symbols or sections, and is only
 * in the file. */
static bool wanted(const struct section *s, const struct image *image)
{
	return (s->type == SHT_SYMTAB || s->type == SHT_STRTAB) &&
	       !(s->flags & SHF_ALLOC) && s->size != 0 &&
	       s->offset <= image->size && s->size <= image->size - s->offset;
}

static int load_contents(struct mb_sections *sections,
			 const struct elf_kernel *elf,
			 const struct image *image, const struct mem *mem,
			 uint64_t *end)
{
	int rc = 0;

	/* The sections go above 1 MiB, wherever the kernel is. */
	for (uint32_t i = 0; i < elf->sections.n && rc == 0; i++) {
		uint8_t *at =
			sections->table + (size_t)i * elf->sections.entry_len;
		struct section s = parse(elf, at);
		uint64_t addr = ALIGN_UP(MAX(*end, LAYOUT_HIGH), PAGE_SIZE);

		if (!wanted(&s, image) || addr > mem_low_end(mem) ||
		    s.size > mem_low_end(mem) - addr)
			continue;
		rc = image_load(image, s.offset, s.size, mem, addr);
		set_addr(elf, at, addr);
		*end = addr + s.size;
	}
	return rc;
}

int mb_sections_load(struct mb_sections *sections, const struct elf_kernel *elf,
		     const struct image *image, const struct mem *mem,
		     uint64_t *end)
{
	size_t len = (size_t)elf->sections.n * elf->sections.entry_len;

	*sections = (struct mb_sections){ 0 };
	if (!len || len > TABLE_MAX)
		return 0;
	sections->table = malloc(len);
	if (!sections->table)
		return log_fail(-ENOMEM, "%s: %s", image->path,
				strerror(ENOMEM));
	if (image_peek(image, elf->sections.offset, sections->table, len) !=
	    len) {
		mb_sections_free(sections);
		return 0;
	}
	sections->table_len = len;
	sections->n = elf->sections.n;
	sections->entry_len = elf->sections.entry_len;
	sections->names = elf->sections.names;
	return load_contents(sections, elf, image, mem, end);
}

void mb_sections_free(struct mb_sections *sections)
{
	free(sections->table);
	*sections = (struct mb_sections){ 0 };
}
