/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_format.h - what boot.c asks of each boot format
 *
 * Everything read from the files is untrusted: sizes, offsets and addresses
 * are checked before use, and again at each load, for the file may have
 * changed since it was opened.
 */
#ifndef FIRMWARE_BOOT_FORMAT_H
#define FIRMWARE_BOOT_FORMAT_H

#include <stdint.h>
#include <stdio.h>

#include "firmware/boot.h"

struct mem;

struct boot_format_ops {
	const char *name;
	/* Whether it has modules; else there is an initrd at most. */
	bool modules;
	/* 1: @boot's kernel is of this format and can boot; 0: it is not;
	 * -errno, logged: it is, but cannot. */
	int (*probe)(const struct boot *boot);
	/* As boot_load(), after a probe that said 1. */
	int (*load)(const struct boot *boot, const struct mem *mem,
		    uint64_t rsdp, struct boot_cpu *cpu);
	/* As boot_version(); NULL: by the text that Linux has. */
	void (*version)(const struct image *kernel, char *version, size_t room);
	/* As boot_describe(), less the format's name. */
	void (*describe)(const struct boot *boot, FILE *out);
};

extern const struct boot_format_ops boot_bzimage, boot_pvh, boot_multiboot,
	boot_multiboot2, boot_linux64;

/*
 * What Linux has room for (COMMAND_LINE_SIZE, less the NUL).  A kernel that is
 * not in a bzImage does not say so, and one that gets more dies before it can
 * say anything.
 */
#define BOOT_LINUX_CMDLINE 2047

/*
 * Check the command line for a kernel that does not say what it takes.  Logs:
 * -E2BIG for one that is Linux, or if there is no room for it; only a warning
 * for others, when it is longer than Linux would take.
 */
int boot_check_cmdline(const struct boot *boot);

/* Whether an uncompressed kernel is Linux, by the text it has.  Reads all of
 * the file. */
bool boot_is_linux(const struct image *kernel);

/* The version that an uncompressed Linux says, into the @room bytes at
 * @version; an empty string if it is not Linux. */
void boot_linux_version(const struct image *kernel, char *version, size_t room);

/* Logs that the kernel is not what it was when it was opened; -ENOEXEC. */
int boot_changed(const struct boot *boot);

#endif
