/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * modules.h - loads the initrd and other modules of a kernel
 *
 * A kernel gets them in the order in which they were given, the initrd first.
 * Main thread.
 */
#ifndef FIRMWARE_MODULES_H
#define FIRMWARE_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "firmware/boot.h"

struct mem;

/* The memory that they may use. */
struct modules_room {
	/* [@floor, @ceiling), without what is below 1 MiB or in the PCI
	 * hole. */
	uint64_t floor, ceiling;
	/* As high as possible (for Linux and kernels with its protocols), or
	 * directly at the floor (which multiboot kernels expect). */
	bool high;
	/* If there is not enough room, the kernel accepts them anywhere. */
	bool anywhere;
};

/* The size of module @i in bytes, with the archive before it. */
uint64_t modules_size(const struct boot *boot, unsigned i);

/*
 * Load @boot's modules into RAM in @room, each page-aligned, one after another
 * and ascending.  Their addresses are stored in @addr, which has room for all
 * of them.  Logs; -ENOSPC when they do not fit, and says how much --mem is
 * enough.
 */
int modules_load(const struct boot *boot, const struct mem *mem,
		 const struct modules_room *room, uint64_t *addr);

#endif
