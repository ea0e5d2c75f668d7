/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * multiboot.h - the structures of the Multiboot Specification 0.6.96
 */
#ifndef FIRMWARE_MULTIBOOT_H
#define FIRMWARE_MULTIBOOT_H

#include <stdint.h>

#define MULTIBOOT_HEADER_MAGIC 0x1badb002
#define MULTIBOOT_EAX	       0x2badb002
/* A header must be within so many bytes from the start of the file, aligned to
 * 4 bytes. */
#define MULTIBOOT_SEARCH 8192

/* Header flags.  A loader must refuse a kernel that sets one of the lower 16
 * that the loader does not know. */
enum {
	MULTIBOOT_PAGE_ALIGN = 1 << 0,
	MULTIBOOT_MEMORY = 1 << 1,
	MULTIBOOT_VIDEO = 1 << 2,
	MULTIBOOT_REQUIRED = 0xffff,
	MULTIBOOT_ADDRESSES = 1 << 16,
};

struct multiboot_header {
	uint32_t magic, flags, checksum;
	/* Valid with MULTIBOOT_ADDRESSES. */
	uint32_t header_addr, load_addr, load_end, bss_end, entry;
};

/* Information flags: which fields are valid. */
enum {
	MULTIBOOT_INFO_MEM = 1 << 0,
	MULTIBOOT_INFO_CMDLINE = 1 << 2,
	MULTIBOOT_INFO_MODULES = 1 << 3,
	MULTIBOOT_INFO_SECTIONS = 1 << 5,
	MULTIBOOT_INFO_MEMMAP = 1 << 6,
	MULTIBOOT_INFO_LOADER = 1 << 9,
};

struct multiboot_info {
	uint32_t flags;
	/* In KiB: the memory from 0 on, and from 1 MiB on. */
	uint32_t mem_lower, mem_upper;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t n_modules, modules;
	/* ELF section headers: their number, the size of each, their address,
	 * and the index of the one for section names. */
	uint32_t n_sections, section_len, sections, section_names;
	uint32_t memmap_len, memmap;
	uint32_t drives_len, drives;
	uint32_t config_table;
	uint32_t loader_name;
	uint32_t apm_table;
};

struct multiboot_module {
	uint32_t start, end, string, reserved;
};

/* @size does not count itself. */
struct multiboot_memmap {
	uint32_t size;
	uint64_t addr, len;
	uint32_t type;
} __attribute__((packed));

#endif
