/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus.h - address ranges and who answers them
 *
 * Port I/O, MMIO and PCI configuration space are three buses of the same
 * kind.  A device adds a range and gets the offset into it, the size of the
 * access (1, 2, 4 or 8 bytes) and, for a write, the value.
 *
 * An access wider than the device takes, or one that straddles the end of a
 * range, is split into halves until it fits, as a real bus does.  What nobody
 * claims reads as all ones, is counted, and is logged once per address.
 *
 * Threads: accesses come from every vCPU thread at once, so callbacks lock
 * for themselves.  Ranges may be added, moved and removed at any time (PCI
 * BARs move while the guest runs), also from inside a callback; a callback
 * that was looked up before a removal may still run once after it, so what
 * it points to must outlive the vCPUs.
 */
#ifndef BASE_BUS_H
#define BASE_BUS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct bus_ops {
	uint64_t (*read)(void *owner, uint64_t offset, unsigned size);
	void (*write)(void *owner, uint64_t offset, unsigned size,
		      uint64_t value);
	/* Widest access the device takes whole: 1, 2, 4 or 8 bytes. */
	unsigned width;
};

/* A claimed range; embedded in its device, linked by the bus. */
struct bus_range {
	uint64_t base, len;
	const struct bus_ops *ops;
	void *owner;
	const char *name;
	struct bus_range *next;
};

#define BUS_SEEN_MAX 64

struct bus {
	const char *name;
	pthread_rwlock_t lock;
	struct bus_range *ranges;
	/* Accesses nobody claimed; updated atomically, relaxed (a statistic
	 * with no partner). */
	uint64_t unclaimed;
	/* Unclaimed addresses already logged; under seen_lock. */
	pthread_mutex_t seen_lock;
	uint64_t seen[BUS_SEEN_MAX];
	unsigned n_seen;
};

/* @name appears in debug logs ("port", "mmio"). */
void bus_init(struct bus *bus, const char *name);
void bus_free(struct bus *bus);

/*
 * Claim [@range->base, @range->base + @range->len); the other fields are
 * filled in too and stay the caller's.  -EINVAL for an empty or wrapping
 * range, -EEXIST if it overlaps another.
 */
int bus_add(struct bus *bus, struct bus_range *range);

/*
 * Claim a range that is answered before an access gets here (RAM, interrupt
 * controllers in the kernel), so that nobody else claims it.  Fields of
 * @range are filled in; errors as bus_add().
 */
int bus_reserve(struct bus *bus, struct bus_range *range, uint64_t base,
		uint64_t len, const char *name);

/* Give a range up; one that was never added is fine. */
void bus_remove(struct bus *bus, struct bus_range *range);

/* One guest access of @size bytes (1, 2, 4, 8).  Any thread. */
uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned size);
void bus_write(struct bus *bus, uint64_t addr, unsigned size, uint64_t value);

#endif
