/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_check.h - whether what a kernel is handed holds together
 *
 * Each function ends the program if it does not.
 */
#ifndef TESTS_FUZZ_BOOT_CHECK_H
#define TESTS_FUZZ_BOOT_CHECK_H

#include <stdint.h>

#include "firmware/boot.h"

struct mem;

/* What is in a file. */
struct content {
	const void *bytes;
	size_t len;
};

/* The ACPI tables from @rsdp on: all lie in their place, add up, and have
 * @cpus processors. */
void boot_check_acpi(const struct mem *mem, uint64_t rsdp, unsigned cpus);

/* The MP table lies in its place and adds up. */
void boot_check_mptable(const struct mem *mem);

/* A loaded kernel: its entry, its command line, its modules, of which the
 * files have the @contents, that of the initrd first even if there is none. */
void boot_check_loaded(const struct boot *boot, const struct mem *mem,
		       const struct boot_cpu *cpu,
		       const struct content *contents);

#endif
