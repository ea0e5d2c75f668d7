/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busy_poll.h - whether a worker polls its queue for a while before it sleeps
 *
 * Polling costs processor time.  Waking up costs both sides: the driver leaves
 * the guest for the kick, and our thread must be scheduled.  So polling pays if
 * a buffer comes within about the time of one wake-up, and never after that.
 * Whether the guest is that fast is found by trying.  After one poll that found
 * nothing, the worker ends one turn without polling; after the second in a row
 * three turns, then seven, and so on.  Each poll that finds a buffer halves
 * that number.  Only turns are counted, so without traffic nothing is polled.
 *
 * Threads: the owner of the queue.
 */
#ifndef DEVICES_VIRTIO_BUSY_POLL_H
#define DEVICES_VIRTIO_BUSY_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

enum {
	/* How often one poll looks, with a pause each: 6 to 12 us in all.  Four
	 * times as often where the driver is interrupted before it has more. */
	PATIENCE_LOOKS = 256,
	PATIENCE_LOOKS_LONG = 4 * PATIENCE_LOOKS,
	/* Turns without polling, at most. */
	PATIENCE_REST = 255,
};

struct busy_poll {
	/* Turns that still end without polling, and how many they were at
	 * first. */
	uint16_t rest, rests;
};

/* A turn ends: whether to poll before sleeping. */
static inline bool busy_poll_try(struct busy_poll *p)
{
	if (!p->rest)
		return true;
	p->rest--;
	return false;
}

/* A poll has found a buffer, or none. */
static inline void busy_poll_learn(struct busy_poll *p, bool paid)
{
	p->rests = (uint16_t)(paid ? p->rests / 2 :
				     MIN(2 * p->rests + 1, PATIENCE_REST));
	p->rest = p->rests;
}

#endif
