/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_watch.h - what a driver can see of an answer, and when
 *
 * Included before everything else, once in a program: it holds the sources of
 * the queues, built upon stores that look, just before an answer becomes
 * visible, whether all that it stands for is there.  Ids and lengths are
 * written before the buffers are shown, which happens once and for all of them
 * together, and the interrupt comes last, after a full fence.
 *
 * One queue is watched at a time.  Stores to others are not looked at.
 */
#ifndef TESTS_VQ_WATCH_H
#define TESTS_VQ_WATCH_H

#define VQ_RECORDED

#include <string.h>

static void before_store(const void *p, int order);
static void at_fence(int order);

#define vq_load(p, order) __atomic_load_n(p, order)
#define vq_store(p, value, order)                                              \
	do {                                                                   \
		before_store(p, order);                                        \
		__atomic_store_n(p, value, order);                             \
	} while (0)
#define vq_fence(order)	    at_fence(order)
#define vq_copy(desc, from) memcpy(desc, from, 16)

#include "devices/virtio/vq.c"

#include "devices/virtio/vq_packed.c"
#include "devices/virtio/vq_split.c"

#include "tests/driver.h"
#include "tests/unit.h"

/* The ways in which a ring is watched: bit 0 packed, bit 1 EVENT_IDX. */
enum { WATCH_MODES = 4 };

/* The thread's that serves the queue, from the kick to the interrupt. */
static struct {
	/* Whose queue; atomic and relaxed, as a thread may still look for more
	 * of the last one's. */
	const struct driver *d;
	/* Whether all that the answer stands for is there. */
	bool (*complete)(void);
	/* Buffers that are shown together, and the slot of the first. */
	unsigned n, first;
	/* Of how many the id, the length, and the flags were written. */
	unsigned ids, lens, flags;
	/* Whether they were shown, and a fence followed.  Atomic and relaxed:
	 * after the interrupt the thread has fences for other reasons, too. */
	bool shown, fenced;
} watched;

static inline bool watch_has(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_RELAXED);
}

static inline void watch_set(bool *flag, bool to)
{
	__atomic_store_n(flag, to, __ATOMIC_RELAXED);
}

/* From now on: the next @n buffers of @d, which are shown together. */
static inline void watch_begin(const struct driver *d, unsigned n,
			       bool (*complete)(void))
{
	watched.complete = complete;
	watched.n = n;
	watched.first = (unsigned)(d->used % d->cfg.size);
	watched.ids = watched.lens = watched.flags = 0;
	watch_set(&watched.shown, false);
	watch_set(&watched.fenced, false);
	__atomic_store_n(&watched.d, d, __ATOMIC_RELAXED);
}

/* The device interrupts. */
static inline void watch_interrupt(void)
{
	ck_assert(watch_has(&watched.shown));
	ck_assert(watch_has(&watched.fenced));
}

static void show(int order, bool packed)
{
	ck_assert_int_eq(order, __ATOMIC_RELEASE);
	ck_assert(!watch_has(&watched.shown));
	ck_assert_uint_eq(watched.ids, watched.n);
	ck_assert_uint_eq(watched.lens, watched.n);
	/* Of a packed ring the first one's are what shows it. */
	ck_assert_uint_eq(watched.flags, packed ? watched.n - 1 : 0);
	ck_assert(watched.complete());
	watch_set(&watched.shown, true);
}

static void packed_store(unsigned slot, unsigned field, int order)
{
	if (field == 8)
		watched.lens++;
	else if (field == 12)
		watched.ids++;
	else if (slot == watched.first)
		show(order, true);
	else
		watched.flags++;
}

static void split_store(unsigned off, unsigned size, int order)
{
	if (off == 2) {
		show(order, false);
	} else if (off >= 4 && off < 4 + 8 * size) {
		watched.ids += off % 8 == 4;
		watched.lens += off % 8 == 0;
	}
}

static void before_store(const void *p, int order)
{
	const struct driver *d = __atomic_load_n(&watched.d, __ATOMIC_RELAXED);
	uint64_t gpa;

	if (!d)
		return;
	gpa = (uint64_t)((const uint8_t *)p - d->ram);
	/* What the driver writes is the driver's. */
	ck_assert(gpa - d->cfg.driver >= 6 + 2u * d->cfg.size);
	if (d->cfg.packed && gpa - d->cfg.desc < 16u * d->cfg.size)
		packed_store((unsigned)(gpa - d->cfg.desc) / 16,
			     (unsigned)(gpa - d->cfg.desc) % 16, order);
	else if (!d->cfg.packed && gpa - d->cfg.device < 6 + 8u * d->cfg.size)
		split_store((unsigned)(gpa - d->cfg.device), d->cfg.size,
			    order);
}

static void at_fence(int order)
{
	if (watch_has(&watched.shown) && order == __ATOMIC_SEQ_CST)
		watch_set(&watched.fenced, true);
}

#endif
