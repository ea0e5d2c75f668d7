/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem.h - guest RAM
 *
 * RAM is one host mapping seen by the guest in up to two pieces: from 0 to
 * the PCI hole, and the rest from 4 GiB on.  mem_at() is the only way to
 * reach it; whatever address and length a guest supplies, the result is
 * either wholly inside one piece or NULL.
 *
 * The map is built before the first vCPU runs and constant afterwards, so
 * every thread may translate without a lock.  The bytes themselves are
 * shared with the guest, which may change them at any time.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdint.h>

#include "base/util.h"

/* The guest-physical address map around RAM. */
#define MEM_HOLE_START UINT64_C(0xc0000000)
#define MEM_HOLE_END   (4 * GIB)
#define MEM_SIZE_MIN   (16 * MIB)

struct mem_region {
	uint64_t gpa, size;
	uint8_t *host;
};

struct mem {
	struct mem_region region[2];
	unsigned n_regions;
	uint64_t size;
	void *map;
	size_t map_size;
};

/*
 * Reserve @size bytes of guest RAM (a multiple of the page size, at least
 * MEM_SIZE_MIN), aligned and advised for huge pages; nothing is resident
 * until the guest touches it.  Logs; -ENOMEM when the host has not enough.
 */
int mem_init(struct mem *mem, uint64_t size);

/* Give the RAM back.  No vCPU or worker may be running. */
void mem_free(struct mem *mem);

/* Have mem_free() leave the RAM mapped until the process ends. */
void mem_leave(struct mem *mem);

/* The host's view of guest RAM [@gpa, @gpa + @len), or NULL if any byte of it
 * is not RAM.  With @len 0 only @gpa is checked.  Any thread. */
void *mem_at(const struct mem *mem, uint64_t gpa, uint64_t len);

/* Guest-physical end of RAM below the PCI hole, and above 4 GiB (0: none). */
uint64_t mem_low_end(const struct mem *mem);
uint64_t mem_high_end(const struct mem *mem);

#endif
