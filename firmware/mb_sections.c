/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/mb_sections.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/layout.h"

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
