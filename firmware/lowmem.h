/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lowmem.h - what every boot format shares: the BIOS data area, a GDT, page
 * tables, the command line and a place for the initrd
 *
 * The addresses are those of layout.h.  Memory handed in is all zeros.
 */
#ifndef FIRMWARE_LOWMEM_H
#define FIRMWARE_LOWMEM_H

#include <stdint.h>

#include "firmware/boot.h"

struct mem;

/* The flat segments' selectors, which Linux's boot protocol fixes. */
#define LOWMEM_CS 0x10
#define LOWMEM_DS 0x18

/* Write the BIOS data area, the GDT and, for long mode, the page tables;
 * fill in all of @cpu but what the format defines. */
void lowmem_init(const struct mem *mem, enum boot_mode mode,
		 struct boot_cpu *cpu);

/* -E2BIG, logged, when @cmdline is longer than @max bytes without its NUL,
 * or than what there is room for. */
int lowmem_check_cmdline(const char *cmdline, uint64_t max);

/* Write a checked command line to LAYOUT_CMDLINE. */
void lowmem_put_cmdline(const struct mem *mem, const char *cmdline);

/*
 * Whether a kernel may occupy [@addr, @addr + @len): below the PCI hole and
 * clear of what firmware puts in low memory.  Logs as @path; -ENOEXEC.
 */
int lowmem_check_kernel(const char *path, uint64_t addr, uint64_t len);

/* Whether RAM reaches @end, the end of the kernel; logs as @path how much
 * --mem it needs; -ENOSPC. */
int lowmem_check_fits(const struct mem *mem, const char *path, uint64_t end);

/* Where the initrd goes. */
enum initrd_place {
	/* As high as it can be: Linux and what follows it. */
	INITRD_HIGH,
	/* Right above the kernel: what multiboot kernels expect. */
	INITRD_LOW,
};

/*
 * Load @boot's initrd into RAM between 1 MiB and the PCI hole, page-aligned,
 * within [@floor, @ceiling), and set *@addr to where.  Logs; -ENOSPC.
 */
int lowmem_load_initrd(const struct boot *boot, const struct mem *mem,
		       uint64_t floor, uint64_t ceiling,
		       enum initrd_place place, uint64_t *addr);

#endif
