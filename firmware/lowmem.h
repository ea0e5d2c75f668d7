/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lowmem.h - what all boot formats need: the BIOS data area, a GDT, page
 * tables, and common checks
 *
 * The addresses are those of layout.h.  The memory must be all zeros.
 */
#ifndef FIRMWARE_LOWMEM_H
#define FIRMWARE_LOWMEM_H

#include <stdint.h>

#include "firmware/boot.h"

struct mem;

/*
 * The selector of the flat code segment; that of the data segment is the next.
 * Linux's boot protocol fixes it.  Multiboot leaves it open, but kernels that
 * bring no GDT of their own rely on the selectors that GRUB and QEMU have.
 */
#define LOWMEM_CS_LINUX	    0x10
#define LOWMEM_CS_MULTIBOOT 0x08

/* Write the BIOS data area, a GDT with a code segment at selector @cs and, for
 * long mode, the page tables.  Fills in all of @cpu except what the format
 * defines. */
void lowmem_init(const struct mem *mem, enum boot_mode mode, uint16_t cs,
		 struct boot_cpu *cpu);

/* -E2BIG, logged, when @cmdline has more than @max bytes without its NUL, or
 * more than there is room for. */
int lowmem_check_cmdline(const char *cmdline, uint64_t max);

/*
 * Whether a kernel may occupy [@addr, @addr + @len): below the PCI hole and
 * clear of what firmware puts in low memory.  Logs as @path; -ENOEXEC.
 */
int lowmem_check_kernel(const char *path, uint64_t addr, uint64_t len);

/* Whether the RAM reaches up to @end, the end of the kernel.  If not, logs for
 * @path how much --mem it needs; -ENOSPC. */
int lowmem_check_fits(const struct mem *mem, const char *path, uint64_t end);

#endif
