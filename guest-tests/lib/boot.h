/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.h - what the boot loader said, whatever its language
 */
#ifndef GUEST_LIB_BOOT_H
#define GUEST_LIB_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "guest-tests/lib/layout.h"

enum { BOOT_MAP_MAX = 32, BOOT_MODULES_MAX = 8, BOOT_RAM = 1 };

/* A range of the e820 map. */
struct boot_range {
	uint64_t start, len;
	uint32_t type;
};

/* A module, and its command line; NULL: none. */
struct boot_module {
	uint64_t start, len;
	const char *line;
};

struct boot_info {
	unsigned protocol;
	char cmdline[2048];
	uint64_t initrd, initrd_len;
	/* All there are, with the initrd, where a protocol has modules. */
	unsigned n_modules;
	struct boot_module module[BOOT_MODULES_MAX];
	/* 0 where the protocol has no place for it. */
	uint64_t rsdp;
	unsigned n_map;
	struct boot_range map[BOOT_MAP_MAX];
};

extern struct boot_info boot;

/* Copy everything out of the loader's structures. */
void boot_init(unsigned protocol, const void *arg);

/* Whether the command line contains @word. */
bool boot_has(const char *word);

/* The decimal number behind @key on the command line, or @preset. */
uint64_t boot_number(const char *key, uint64_t preset);

/* Whether [@start, @start + @len) is RAM by the map. */
bool boot_is_ram(uint64_t start, uint64_t len);

#endif
