/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * idle.h - whether libslirp's TCP timers do anything
 *
 * libslirp counts TCP's time in calls: as long as it has connections it asks
 * to be called twice a second, and each call is one tick of every timer.  But
 * in a connection that is established, or that only the guest has ended, and of
 * which nothing waits to be sent or acknowledged, no timer does anything: not
 * retransmission, persistence, or the wait after the end.  (The one for
 * keepalive starts itself again, as libslirp's keepalive is off.)  While all
 * connections are such, ticks may be left out, and net-rx can sleep until
 * something happens.
 *
 * What can start a timer is a frame to libslirp, or an event of one of its
 * sockets.  After one of these, ticks go on, and some time later libslirp is
 * asked for its connections.  A delayed acknowledgement does not need
 * ticks: for it libslirp asks to be called at once.
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_IDLE_H
#define DEVICES_SLIRP_IDLE_H

#include <stdbool.h>
#include <stdint.h>

struct slirp_net;
struct slirp_shard;

struct slirp_idle {
	/* No timer does anything. */
	bool idle;
	/* When something last happened, or libslirp was last asked. */
	uint64_t since_ns;
};

/* Ask those instances for which it is time. */
void slirp_idle_look(struct slirp_net *net);
/* When @shard has to be called; UINT64_MAX: not before something happens. */
uint64_t slirp_idle_deadline(const struct slirp_shard *shard);
/* The earliest such time of all instances. */
uint64_t slirp_idle_first_deadline(const struct slirp_net *net);

#endif
