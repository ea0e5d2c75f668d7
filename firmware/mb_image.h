/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb_image.h - the image of a kernel, which both multiboot protocols share
 *
 * It is an ELF file or, if the multiboot header has address fields, any file.
 * Main thread.
 */
#ifndef FIRMWARE_MB_IMAGE_H
#define FIRMWARE_MB_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "firmware/boot.h"
#include "firmware/elf.h"

struct mem;

/* The address fields: where header, first byte of the image, end of the image
 * and end of its bss are in memory.  An end of 0 means the end of the file. */
struct mb_addresses {
	uint32_t header, load, load_end, bss_end;
};

struct mb_image {
	bool by_addresses;
	/* With address fields: which part of the file is loaded to which
	 * address. */
	uint64_t offset, load, len;
	struct elf_kernel elf;
	/* All memory that it uses. */
	uint64_t start, end;
	uint64_t entry;
};

/* Log why the multiboot @kernel cannot boot; -ENOEXEC. */
int mb_refuse(const struct image *kernel, const char *why);

/* Read an image according to its header's address fields.  The header is at
 * @offset in the file, and @entry is the address to start at.  Logs;
 * -ENOEXEC. */
int mb_read_addresses(const struct image *kernel,
		      const struct mb_addresses *fields, uint64_t offset,
		      uint64_t entry, struct mb_image *mb);

/* Read an ELF image.  @entry is the address to start at (NULL: the ELF file's
 * own).  Logs; -ENOEXEC. */
int mb_read_elf(const struct image *kernel, const uint32_t *entry,
		struct mb_image *mb);

/* Check that all of it is where a kernel may be.  Logs; -ENOEXEC. */
int mb_check_place(struct mb_image *mb, const struct image *kernel);

/* Move it by @delta bytes (modulo 2^64), as elf_move() does. */
int mb_move(struct mb_image *mb, const struct image *kernel, uint64_t delta);

/* Load it.  Logs; -ENOSPC when it does not fit. */
int mb_load(const struct mb_image *mb, const struct image *kernel,
	    const struct mem *mem);

/* Print boot_describe()'s lines; @mode is how the kernel is entered. */
void mb_describe(const struct mb_image *mb, const char *mode, FILE *out);

/*
 * An ELF kernel's own section headers and symbols (Multiboot Specification
 * 0.6.96, 3.3, and Multiboot2 Specification 2.0, 3.6.7): a kernel gets its
 * section headers.  The tables of symbols and strings, which are not part of a
 * kernel's memory, are loaded as well, and their headers say where.
 */
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
