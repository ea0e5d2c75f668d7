/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * multiboot2.h - the structures of the Multiboot2 Specification 2.0
 */
#ifndef FIRMWARE_MULTIBOOT2_H
#define FIRMWARE_MULTIBOOT2_H

#include <stdint.h>

#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6
#define MULTIBOOT2_EAX		0x36d76289
/* A header must be within so many bytes from the start of the file, aligned to
 * 8 bytes, as all tags are. */
#define MULTIBOOT2_SEARCH 32768
#define MULTIBOOT2_ALIGN  8

enum { MULTIBOOT2_I386 = 0 };

/* The sum of its four fields is 0. */
struct multiboot2_header {
	uint32_t magic, architecture, length, checksum;
};

/* The header's tags, 3.1.3 and following. */
enum {
	MULTIBOOT2_HEADER_END = 0,
	MULTIBOOT2_HEADER_REQUEST = 1,
	MULTIBOOT2_HEADER_ADDRESS = 2,
	MULTIBOOT2_HEADER_ENTRY = 3,
	MULTIBOOT2_HEADER_CONSOLE = 4,
	MULTIBOOT2_HEADER_FRAMEBUFFER = 5,
	MULTIBOOT2_HEADER_PAGE_ALIGN = 6,
	MULTIBOOT2_HEADER_EFI_BOOT_SERVICES = 7,
	MULTIBOOT2_HEADER_ENTRY_EFI32 = 8,
	MULTIBOOT2_HEADER_ENTRY_EFI64 = 9,
	MULTIBOOT2_HEADER_RELOCATABLE = 10,
	/* A flag: a loader may ignore the tag. */
	MULTIBOOT2_OPTIONAL = 1,
};

struct multiboot2_header_tag {
	uint16_t type, flags;
	uint32_t size;
};

/* What follows that in a tag of each type. */
struct multiboot2_address {
	uint32_t header, load, load_end, bss_end;
};

struct multiboot2_relocatable {
	uint32_t min, max, align, preference;
};

enum { MULTIBOOT2_LOWEST = 1, MULTIBOOT2_HIGHEST = 2 };

/* The information's tags, 3.6. */
enum {
	MULTIBOOT2_END = 0,
	MULTIBOOT2_CMDLINE = 1,
	MULTIBOOT2_LOADER_NAME = 2,
	MULTIBOOT2_MODULE = 3,
	MULTIBOOT2_MEMINFO = 4,
	MULTIBOOT2_MEMMAP = 6,
	MULTIBOOT2_ELF_SECTIONS = 9,
	MULTIBOOT2_ACPI_OLD = 14,
	MULTIBOOT2_ACPI_NEW = 15,
	MULTIBOOT2_LOAD_BASE = 21,
	/* Those that the specification has. */
	MULTIBOOT2_N_TAGS = 22,
};

struct multiboot2_info {
	uint32_t total_size, reserved;
};

/* @size does not count the padding before the next tag. */
struct multiboot2_tag {
	uint32_t type, size;
};

/* What follows that in a tag of each type. */
struct multiboot2_module {
	uint32_t start, end;
};

/* In KiB: the memory from 0 on, and from 1 MiB on. */
struct multiboot2_meminfo {
	uint32_t lower, upper;
};

struct multiboot2_memmap {
	uint32_t entry_size, version;
};

struct multiboot2_memmap_entry {
	uint64_t addr, len;
	uint32_t type, reserved;
};

struct multiboot2_sections {
	uint32_t n, entry_len, names;
};

#endif
