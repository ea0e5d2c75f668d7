/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parts.h - the parts that a machine has, one upon the other
 *
 * Threads: main thread.
 */
#ifndef VMM_PARTS_H
#define VMM_PARTS_H

#include "base/part.h"

enum { PARTS_MAX = 64 };

/* All zero: none. */
struct parts {
	struct made_part {
		const struct part *part;
		void *self;
	} made[PARTS_MAX];
	unsigned n;
};

/* Make as many of kind @part as @config, which outlives them, asks for.  Logs;
 * -errno, and those made so far are to be dropped all the same. */
int parts_add(struct parts *parts, struct board *board, const struct part *part,
	      const void *config);

/* Drop all, the last one first. */
void parts_drop(struct parts *parts, struct board *board);

/* Show the counters of all, in the order in which they were made. */
void parts_show(const struct parts *parts, const struct count_view *view);

#endif
