/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * count.h - counters that one thread changes and any thread may read
 *
 * Accesses are relaxed: a counter says nothing about other memory.  A table
 * beside each struct names its counters; the text and JSON reports and the
 * manual are made from it.
 */
#ifndef BASE_COUNT_H
#define BASE_COUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

enum { COUNT_BUCKETS = 32 };

/* How often a value was in the range from 2^i to below 2^(i+1), for each i.
 * The first range also has 0, the last all larger values. */
struct count_histogram {
	uint64_t bucket[COUNT_BUCKETS];
};

/* What a counter is: a sum, the highest value, or a struct
 * count_histogram. */
enum count_kind { COUNT_SUM, COUNT_PEAK, COUNT_HISTOGRAM };

struct count_spec {
	const char *name;
	/* For the manual: a phrase without a full stop. */
	const char *help;
	/* Its offset in the struct. */
	size_t offset;
	enum count_kind kind;
};

struct count_table {
	const char *name;
	const struct count_spec *spec;
	unsigned n;
};

/* Receives the counters that count_show() shows; groups nest.  @value is a
 * copy: one number, or COUNT_BUCKETS numbers. */
struct count_view {
	void (*begin)(void *arg, const char *name);
	void (*counter)(void *arg, const struct count_spec *spec,
			const uint64_t *value);
	void (*end)(void *arg);
	void *arg;
};

/* Only on the thread that changes @counter. */
static inline void count_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* Remember the highest value seen.  Same thread. */
static inline void count_peak(uint64_t *counter, uint64_t value)
{
	if (value > *counter)
		__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

/* Count @value in the histogram.  Same thread. */
static inline void count_bucket(struct count_histogram *h, uint64_t value)
{
	unsigned i = 63 - (unsigned)__builtin_clzll(value | 1);

	count_add(&h->bucket[MIN(i, COUNT_BUCKETS - 1u)], 1);
}

static inline uint64_t count_get(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* Show the counters of @object, the struct that @table describes, as a group
 * called @table->name.  Any thread. */
void count_show(const struct count_table *table, const void *object,
		const struct count_view *view);

/* The same, but without a group. */
void count_show_flat(const struct count_table *table, const void *object,
		     const struct count_view *view);

#endif
