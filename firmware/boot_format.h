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
	/* 1: @boot's kernel is of this format and can boot; 0: it is not;
	 * -errno, logged: it is, but cannot. */
	int (*probe)(const struct boot *boot);
	/* As boot_load(), after a probe that said 1. */
	int (*load)(const struct boot *boot, const struct mem *mem,
		    uint64_t rsdp, struct boot_cpu *cpu);
	/* As boot_describe(), less the format's name. */
	void (*describe)(const struct boot *boot, FILE *out);
};

extern const struct boot_format_ops boot_bzimage, boot_pvh, boot_multiboot,
	boot_linux64;

/* Of the initrd, with what goes before it. */
static inline uint64_t boot_initrd_size(const struct boot *boot)
{
	return boot->before_len + boot->initrd.size;
}

/* Logs that the kernel is not what it was when it was opened; -ENOEXEC. */
int boot_changed(const struct boot *boot);

#endif
