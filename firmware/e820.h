/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * e820.h - the memory map that a guest gets
 *
 * It is built once, here. boot_params and the memory maps of PVH and multiboot
 * are written from it (ACPI 6.5, chapter 15, for the types, which all of these
 * use).
 */
#ifndef FIRMWARE_E820_H
#define FIRMWARE_E820_H

#include <stdint.h>

struct mem;

enum e820_type { E820_RAM = 1, E820_RESERVED = 2 };

struct e820_entry {
	uint64_t addr, len;
	enum e820_type type;
};

#define E820_MAX 8

struct e820 {
	struct e820_entry entry[E820_MAX];
	unsigned n;
};

/* The map of @mem: ascending, without overlaps or empty entries. */
void e820_build(struct e820 *map, const struct mem *mem);

#endif
