/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backlog.h - frames that wait until the guest has room for them
 *
 * The frames stay in order, and their number is bounded.  Above BACKLOG_HIGH
 * the owner should stop reading what would become more frames; above
 * BACKLOG_MAX frames are refused.  One thread; any thread may read the
 * counters.
 */
#ifndef DEVICES_SLIRP_BACKLOG_H
#define DEVICES_SLIRP_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

#define BACKLOG_HIGH MIB
#define BACKLOG_MAX  (8 * MIB)

struct backlog_frame;

/* To be zero-initialised. */
struct backlog {
	struct backlog_frame *first, *last;
	/* How many bytes of memory the frames take. */
	size_t bytes;
	/* The highest value that @bytes had, and how many frames were
	 * refused. */
	uint64_t peak, refused;
};

/* Add a copy of the @len bytes of @frame at the end; false: refused. */
bool backlog_add(struct backlog *backlog, const void *frame, size_t len);

/* The frame that waits longest and its length, or NULL. */
const void *backlog_first(const struct backlog *backlog, size_t *len);

/* Remove the first frame, or all. */
void backlog_remove(struct backlog *backlog);
void backlog_clear(struct backlog *backlog);

/* Whether the owner should stop reading. */
static inline bool backlog_is_high(const struct backlog *backlog)
{
	return backlog->bytes > BACKLOG_HIGH;
}

#endif
