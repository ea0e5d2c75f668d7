/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * count.h - counters that one thread keeps and any may read
 *
 * Relaxed accesses: a counter says nothing about other memory.
 */
#ifndef VMM_COUNT_H
#define VMM_COUNT_H

#include <stdint.h>

/* Only on the thread that keeps @counter. */
static inline void count_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* The highest value seen, likewise. */
static inline void count_peak(uint64_t *counter, uint64_t value)
{
	if (value > *counter)
		__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

static inline uint64_t count_get(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

#endif
