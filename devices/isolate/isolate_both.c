/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * isolate_both.c - what both directions do: write the capture, and find that
 * the network is dead
 */
#include <time.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/isolate/isolate.h"
#include "devices/net/pcapng.h"

void isolate_lost(struct isolate *isolate, const char *why)
{
	struct netdev *dev = &isolate->dev;

	if (__atomic_exchange_n(&dev->dead, true, __ATOMIC_RELAXED))
		return;
	log_err("network: %s: the guest has no network from here on", why);
	/* If it still runs. */
	__atomic_store_n(&isolate->link->quit, 1, __ATOMIC_RELAXED);
	link_ring(isolate->link);
	if (isolate->running && isolate->nic.lost)
		isolate->nic.lost(isolate->nic.arg);
}

void isolate_capture(struct isolate *isolate, bool to_guest, const void *frame,
		     size_t len)
{
	struct timespec t;

	if (!isolate->plan.capture)
		return;
	pthread_mutex_lock(&isolate->capturing);
	clock_gettime(CLOCK_REALTIME, &t);
	pcapng_frame(isolate->plan.capture, to_guest,
		     (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec,
		     frame, len);
	pthread_mutex_unlock(&isolate->capturing);
}
