/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot_format.h - the functions that boot.c needs of each boot format
 *
 * Everything that is read from the files is untrusted: sizes, offsets and
 * addresses are checked before use, and again at each load, because the file
 * may have changed since it was opened.
 */
#ifndef FIRMWARE_BOOT_FORMAT_H
#define FIRMWARE_BOOT_FORMAT_H

#include <stdint.h>
#include <stdio.h>

#include "firmware/boot.h"

struct mem;

struct boot_format_ops {
	const char *name;
	/* Whether the format has modules; if not, there is at most an
	 * initrd. */
	bool modules;
	/* 1: @boot's kernel has this format and can boot; 0: it has another
	 * format; -errno, logged: it has this format, but cannot boot. */
	int (*probe)(const struct boot *boot);
	/* See boot_load().  Called after a probe that returned 1. */
	int (*load)(const struct boot *boot, const struct mem *mem,
		    uint64_t rsdp, struct boot_cpu *cpu);
	/* See boot_version(); NULL: search for Linux's version text. */
	void (*version)(const struct image *kernel, char *version, size_t room);
	/* See boot_describe(), without the format's name. */
	void (*describe)(const struct boot *boot, FILE *out);
};

extern const struct boot_format_ops boot_bzimage, boot_pvh, boot_multiboot,
	boot_multiboot2, boot_linux64;

/*
 * The longest command line of Linux (COMMAND_LINE_SIZE, less the NUL).  A
 * kernel that is not in a bzImage does not tell how much it takes, and with a
 * longer line it dies before it can print anything.
 */
#define BOOT_LINUX_CMDLINE 2047

/*
 * Check the command line for a kernel that does not tell how much it takes.
 * Logs: -E2BIG if the kernel is Linux, or if there is no room for the line; for
 * other kernels only a warning, if it is longer than Linux would take.
 */
int boot_check_cmdline(const struct boot *boot);

/* Whether an uncompressed kernel is Linux, according to a text in it.  Reads
 * the whole file. */
bool boot_is_linux(const struct image *kernel);

/* Write the version of an uncompressed Linux to @version, which has @room
 * bytes; an empty string if it is not Linux. */
void boot_linux_version(const struct image *kernel, char *version, size_t room);

/* Log that the kernel's file has changed since it was opened; -ENOEXEC. */
int boot_changed(const struct boot *boot);

#endif
