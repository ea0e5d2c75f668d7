/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb_sections.h - an ELF kernel's section headers and symbols, for itself
 *
 * Multiboot Specification 0.6.96, 3.3, and Multiboot2 Specification 2.0, 3.6.7:
 * a kernel is handed its section headers; the tables of symbols and strings,
 * which are not part of a kernel's memory, are loaded beside it, and their
 * headers say where.
 */
#ifndef FIRMWARE_MB_SECTIONS_H
#define FIRMWARE_MB_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "firmware/elf.h"

struct mem;

struct mb_sections {
	/* So many headers of so many bytes; which of them has the names. */
	uint32_t n, entry_len, names;
	/* The headers; NULL: there are none. */
	uint8_t *table;
	size_t table_len;
};

/*
 * Read the section headers of @elf, which is @image's, and load the symbols
 * and strings above *@end, which is then the end of those.  What is damaged, or
 * too much, is left out: @sections may remain empty.  Logs; -ENOMEM, or an
 * error of read(2).
 */
int mb_sections_load(struct mb_sections *sections, const struct elf_kernel *elf,
		     const struct image *image, const struct mem *mem,
		     uint64_t *end);
void mb_sections_free(struct mb_sections *sections);

#endif
