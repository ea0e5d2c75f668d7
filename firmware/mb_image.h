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

#endif
