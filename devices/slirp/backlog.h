/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backlog.h - frames that wait for the guest to have room for them
 *
 * In order and bounded: above BACKLOG_HIGH its owner is to stop reading what
 * would become more of them, above BACKLOG_MAX they are refused.  One thread;
 * the counters may be read by any.
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
	/* Memory it holds, in bytes. */
	size_t bytes;
	/* The highest @bytes, and how many frames were refused. */
	uint64_t peak, refused;
};

/* Keep a copy of @len bytes of @frame, last; false: refused. */
bool backlog_add(struct backlog *backlog, const void *frame, size_t len);

/* The frame that waits longest and its length, or NULL. */
const void *backlog_first(const struct backlog *backlog, size_t *len);

/* Forget that one, or all. */
void backlog_remove(struct backlog *backlog);
void backlog_clear(struct backlog *backlog);

/* Whether no more should be read. */
static inline bool backlog_is_high(const struct backlog *backlog)
{
	return backlog->bytes > BACKLOG_HIGH;
}

#endif
