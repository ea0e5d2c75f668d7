/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elf.h - kernels in ELF files: segments, entry and notes, through libelf
 *
 * A file is read once into a small, checked struct elf_kernel; whatever the
 * file says, its segments lie within the file, in memory that a kernel may
 * use, and do not overlap.
 *
 * Main thread.
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
	/* The file asks for a dynamic linker (PT_INTERP).  So it is a program,
	 * unless a note or a multiboot header says that it is a kernel (OSv,
	 * FreeBSD). */
	bool interp;
	/* The physical entry; a virtual e_entry is translated.  Some kernels
	 * have none that is in a segment. */
	bool has_entry;
	uint64_t entry;
	/* The lowest address that it uses, and the end of the highest. */
	uint64_t start, end;
	/* The entry in the PVH note, which is in a segment. */
	bool has_pvh;
	uint64_t pvh_entry;
	/* The table of section headers; no entries if it is not within the
	 * file. */
	struct {
		uint64_t offset;
		uint32_t n, entry_len, names;
	} sections;
	unsigned n_segments;
	struct elf_segment segment[ELF_SEGMENTS_MAX];
};

/* Whether the file has ELF's magic number. */
bool elf_is(const struct image *image);

/* Whether @image has a PVH note.  Logs nothing: for a damaged file the answer
 * is no. */
bool elf_has_pvh(const struct image *image);

/* Read and check @image.  Position-independent kernels are loaded at the
 * addresses of their program headers, like all others.  Logs; -ENOEXEC if it is
 * no x86 kernel. */
int elf_read(const struct image *image, struct elf_kernel *elf);

/* The same for a kernel that can be moved.  Its segments may have any addresses
 * until elf_move() has moved them to where a kernel may be. */
int elf_read_movable(const struct image *image, struct elf_kernel *elf);

/* Move all segments, and the entry, up by @delta bytes (modulo 2^64).  Errors
 * are logged for @image; -ENOEXEC if no kernel can be there. */
int elf_move(struct elf_kernel *elf, const struct image *image, uint64_t delta);

/* Whether the physical address @addr lies in a segment. */
bool elf_contains(const struct elf_kernel *elf, uint64_t addr);

/* Log that e_entry can't be used, or that the file is a program; -ENOEXEC. */
int elf_no_entry(const struct image *image);
int elf_refuse_program(const struct image *image);

/* Load the segments into @mem, which is all zeros.  Logs; -ENOSPC if they
 * do not fit. */
int elf_load(const struct elf_kernel *elf, const struct image *image,
	     const struct mem *mem);

/* Print boot_describe()'s lines, with the entry @mode at @entry. */
void elf_describe(const struct elf_kernel *elf, const char *mode,
		  uint64_t entry, FILE *out);

#endif
