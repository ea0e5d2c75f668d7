/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb_sections.h - gives an ELF kernel its own section headers and symbols
 *
 * Multiboot Specification 0.6.96, 3.3, and Multiboot2 Specification 2.0, 3.6.7:
 * a kernel gets its section headers.  The tables of symbols and strings, which
 * are not part of a kernel's memory, are loaded as well, and their headers say
 * where.
 */
#ifndef FIRMWARE_MB_SECTIONS_H
#define FIRMWARE_MB_SECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "firmware/elf.h"

struct mem;

struct mb_sections {
	/* The number of headers, the size of each in bytes, and the index of
	 * the one for section names. */
	uint32_t n, entry_len, names;
	/* The headers; NULL: there are none. */
	uint8_t *table;
	size_t table_len;
};

/*
 * Read the section headers of @elf, which is @image's, and load the symbols and
 * strings above *@end, which is then moved to their end.  What is damaged or
 * too large is left out, so @sections may stay empty.  Logs; -ENOMEM, or an
 * error of read(2).
 */
int mb_sections_load(struct mb_sections *sections, const struct elf_kernel *elf,
		     const struct image *image, const struct mem *mem,
		     uint64_t *end);
void mb_sections_free(struct mb_sections *sections);

#endif
