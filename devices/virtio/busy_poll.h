/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * busy_poll.h - whether to look for more for a while before going to sleep
 *
 * To look costs a processor; to be woken costs both sides, the driver a trip
 * out of the guest, us the way back to a processor.  So what is found within
 * about the time that this takes has paid, and longer it never pays to look.
 * Whether the guest is as fast is tried: after looking in vain once, one turn
 * ends without; after the second time in a row three, then seven and so on,
 * and each success halves that.  Turns are the only clock: where there is no
 * traffic nothing is tried.
 *
 * Threads: the owner of the queue.
 */
#ifndef DEVICES_VIRTIO_BUSY_POLL_H
#define DEVICES_VIRTIO_BUSY_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

enum {
	/* Looks in a row, each with a pause: 6 to 12 us. */
	PATIENCE_LOOKS = 256,
	/* Turns without, at most. */
	PATIENCE_REST = 255,
};

struct busy_poll {
	/* Turns still to end without looking, and how many it was at first. */
	uint16_t rest, rests;
};

/* A turn ends: is it time to look? */
static inline bool busy_poll_try(struct busy_poll *p)
{
	if (!p->rest)
		return true;
	p->rest--;
	return false;
}

/* It paid, or was in vain. */
static inline void busy_poll_learn(struct busy_poll *p, bool paid)
{
	p->rests = (uint16_t)(paid ? p->rests / 2 :
				     MIN(2 * p->rests + 1, PATIENCE_REST));
	p->rest = p->rests;
}

#endif
