/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mb_image.h - what the two multiboot protocols share: the image
 *
 * It is an ELF file or, with address fields in its multiboot header, any file.
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

/* The address fields: where the header, the image's first and last bytes and
 * the end of its bss are in memory; 0 as an end stands for the file's. */
struct mb_addresses {
	uint32_t header, load, load_end, bss_end;
};

struct mb_image {
	bool by_addresses;
	/* Address fields: what part of the file goes where. */
	uint64_t offset, load, len;
	struct elf_kernel elf;
	/* All of its memory. */
	uint64_t start, end;
	uint64_t entry;
};

/* Logs why the multiboot @kernel cannot boot; -ENOEXEC. */
int mb_refuse(const struct image *kernel, const char *why);

/* Read an image by its header's address fields; the header lies at @offset of
 * the file.  @entry is where it is entered.  Logs; -ENOEXEC. */
int mb_read_addresses(const struct image *kernel,
		      const struct mb_addresses *fields, uint64_t offset,
		      uint64_t entry, struct mb_image *mb);

/* Read an ELF image.  @entry (NULL: the one of the ELF file) is where it is
 * entered.  Logs; -ENOEXEC. */
int mb_read_elf(const struct image *kernel, const uint32_t *entry,
		struct mb_image *mb);

/* Whether all of it lies where a kernel may be.  Logs; -ENOEXEC. */
int mb_check_place(struct mb_image *mb, const struct image *kernel);

/* Move it by @delta bytes (modulo 2^64), as elf_move() does. */
int mb_move(struct mb_image *mb, const struct image *kernel, uint64_t delta);

/* Load it.  Logs; -ENOSPC when it does not fit. */
int mb_load(const struct mb_image *mb, const struct image *kernel,
	    const struct mem *mem);

/* boot_describe()'s lines; @mode is how it is entered. */
void mb_describe(const struct mb_image *mb, const char *mode, FILE *out);

#endif
