/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backend.h - the network's process
 *
 * It has a back end (devices/net/netdev.h), to which it is the card.  Its main
 * thread takes the guest's frames from the ring, as the tx worker would; what
 * the back end has for the guest goes into the other ring, on the back end's
 * threads.  It ends when it is told to, when minivmm ends, and by itself if
 * minivmm writes nonsense.
 */
#ifndef DEVICES_ISOLATE_BACKEND_H
#define DEVICES_ISOLATE_BACKEND_H

#include <stdbool.h>
#include <stddef.h>

#include "devices/isolate/link.h"

struct netdev;

struct backend {
	struct link *link;
	/* Written to wake minivmm. */
	int event_fd;
	struct netdev *netdev;
	/* The main thread's. */
	struct ring_taker from_guest;
	/* Of whoever the back end lets call the card, one at a time. */
	struct ring_putter to_guest;
	uint32_t epoch;
	/* minivmm sleeps, and there are frames for it. */
	bool wake;
	/* A frame found no room.  Set, relaxed, before the ring's flag, which
	 * orders it; taken by the main thread. */
	bool refused;
};

/* One of the ports that are waited for has answered.  On the back end's
 * threads. */
void backend_answered(void *backend, size_t index);

/* Run until the end.  The back end is open and stopped; it is freed. */
void backend_run(struct backend *backend);

#endif
