/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elf.h - kernels in ELF files: segments, entry and notes, through libelf
 *
 * A file is read once into a small, checked struct elf_kernel; whatever the
 * file says, its segments lie within the file, in memory that a kernel may
 * use, and do not overlap.
 */
#ifndef FIRMWARE_ELF_H
#define FIRMWARE_ELF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "firmware/image.h"

struct mem;

#define ELF_SEGMENTS_MAX 32

struct elf_segment {
	uint64_t offset, file_len;
	uint64_t paddr, vaddr, mem_len;
};

struct elf_kernel {
	bool is64;
	/* Dynamically linked: a program, but for a kernel that says it is one,
	 * by a note or a multiboot header (OSv, FreeBSD). */
	bool dynamic;
	/* Physical; a virtual e_entry is translated.  Not every kernel has one
	 * that lies in a segment. */
	bool has_entry;
	uint64_t entry;
	/* The lowest address used, and the end of the highest. */
	uint64_t start, end;
	/* What the PVH note says, in a segment. */
	bool has_pvh;
	uint64_t pvh_entry;
	unsigned n_segments;
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/* Whether the file has ELF's magic number. */
bool elf_is(const struct image *image);

/* Read and check @image.  Logs; -ENOEXEC for what is no x86 kernel. */
int elf_read(const struct image *image, struct elf_kernel *elf);

/* Logs that e_entry is of no use; -ENOEXEC. */
int elf_no_entry(const struct image *image);

/* Load the segments into @mem, which is all zeros.  Logs; -ENOSPC if they
 * do not fit. */
int elf_load(const struct elf_kernel *elf, const struct image *image,
	     const struct mem *mem);

/* boot_describe()'s lines, with the entry @mode at @entry. */
void elf_describe(const struct elf_kernel *elf, const char *mode,
		  uint64_t entry, FILE *out);

#endif
