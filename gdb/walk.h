/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.h - from a linear address to a physical one, by the guest's page tables
 *
 * Reads memory alone, and says how far it got.  KVM has an ioctl for this, but
 * that needs the processor, and its answer has no levels and no permissions.
 * Intel SDM volume 3A, chapter 4: no paging, 32-bit, PAE, and 4 or 5 levels.
 *
 * Threads: any; the guest may change its tables meanwhile.
 */
#ifndef GDB_WALK_H
#define GDB_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct mem;

/* What of a processor decides how its addresses are translated. */
struct gdb_paging {
	uint64_t cr0, cr3, cr4, efer;
};

enum { GDB_LEVELS = 5 };

struct gdb_walk {
	/* It ends at a page, whose address and size these are. */
	bool mapped;
	uint64_t gpa, page_size;
	/* What all levels allow. */
	bool user, writable;
	/* The entries on the way, from the root on: where each is, and what
	 * it says. */
	unsigned levels;
	uint64_t entry_at[GDB_LEVELS], entry[GDB_LEVELS];
	/* The last one is not in memory. */
	bool lost;
};

/* Translate @addr; whether it is mapped. */
bool gdb_walk(const struct mem *mem, const struct gdb_paging *paging,
	      uint64_t addr, struct gdb_walk *walk);

/* Pages that follow each other in both address spaces. */
struct gdb_span {
	uint64_t addr, gpa, size;
};

/*
 * Call @found for all that is mapped, in the order of addresses, until it
 * returns false.  With paging off nothing is.  False: it was not all, also if
 * there are more entries than any sound tables have.
 */
bool gdb_map(const struct mem *mem, const struct gdb_paging *paging,
	     bool (*found)(void *arg, const struct gdb_span *span), void *arg);

#endif
