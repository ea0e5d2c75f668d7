/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * modules.h - what is loaded beside a kernel: the initrd and other modules
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

/* Where in memory they may go. */
struct modules_room {
	/* [@floor, @ceiling), less what lies below 1 MiB or in the PCI hole. */
	uint64_t floor, ceiling;
	/* As high as can be (Linux and what follows it), or right at the floor
	 * (what multiboot kernels expect). */
	bool high;
	/* If that is not enough, the kernel takes them anywhere. */
	bool anywhere;
};

/* The bytes of the module @i, with the archive that goes before it. */
uint64_t modules_size(const struct boot *boot, unsigned i);

/*
 * Load @boot's modules into RAM in @room, each page-aligned, one after another
 * and ascending, and say where in @addr, which has room for all of them.
 * Logs; -ENOSPC when they do not fit, with how much --mem would do.
 */
int modules_load(const struct boot *boot, const struct mem *mem,
		 const struct modules_room *room, uint64_t *addr);

#endif
