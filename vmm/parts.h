/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parts.h - the parts of a machine; each may use those made before it
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

/* Make as many parts of kind @part as @config asks for; @config must outlive
 * them.  Logs; -errno, and the parts made so far must be dropped all the
 * same. */
int parts_add(struct parts *parts, struct board *board, const struct part *part,
	      const void *config);

/* Drop all parts, in reverse order. */
void parts_drop(struct parts *parts, struct board *board);

/* Show the counters of all parts, in the order in which they were made. */
void parts_show(const struct parts *parts, const struct count_view *view);

#endif
