/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * link.h - what minivmm and the network's process share
 *
 * Two rings (shared_ring.h), and how the sides wake each other.  The network's
 * process sleeps on a futex, the doorbell: to ring it never waits, whatever the
 * other side does.  minivmm sleeps on an eventfd, which it only ever waits for
 * and neither reads nor writes, since the other side could make these calls
 * wait.
 */
#ifndef DEVICES_ISOLATE_LINK_H
#define DEVICES_ISOLATE_LINK_H

#include <stdint.h>

#include "devices/isolate/shared_ring.h"

/* Types of records. */
enum link_record {
	/* To the network's process.  FRAME's @arg is the payload of each
	 * segment that it may be cut into (netdev_offload); START's the MTU. */
	LINK_FRAME = 1,
	LINK_START,
	LINK_STOP,
	LINK_UNPLUG,
	/* From it, besides frames, whose @epoch is that of the last START.
	 * ANSWERED's @arg is the index of the port that has answered. */
	LINK_ANSWERED,
};

/* What the network's process is doing. */
enum link_state { LINK_OPENS, LINK_RUNS, LINK_FAILED };

struct link {
	struct shared_ring to_network, to_guest;
	/* Who puts something there for a sleeping process, or wants it to look,
	 * adds 1, release, and wakes who waits.  The process reads it, acquire,
	 * before it looks for work, and then waits only for as long as it has
	 * that value. */
	uint32_t doorbell;
	/* The network's process is to end.  Relaxed: the doorbell orders it. */
	uint32_t quit;
	/* enum link_state, and the negative errno of LINK_FAILED.  Stored by
	 * the network's process before it writes to its eventfd. */
	uint32_t state;
	int32_t error;
	/* The object that has the back end's counters. */
	uint8_t object[] __attribute__((aligned(64)));
};

/* Ring the doorbell.  Any thread of either process. */
void link_ring(struct link *link);
/* Wait until the doorbell is not @seen any more. */
void link_wait(struct link *link, uint32_t seen);

#endif
