/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_queue.h - how much TCP out of order libslirp has to keep
 *
 * libslirp queues segments that arrive ahead of their turn.  It does so without
 * a limit, keeps each, however small, in a buffer of the size of its MTU, and
 * searches that queue from the front.  Nothing is reordered between the guest
 * and libslirp, so an honest guest rarely sends such segments.  Here they are
 * counted, over all connections, and above a limit they are refused; the guest
 * sends them again.
 *
 * The count is never too low.  What libslirp expects next is seen in what it
 * acknowledges.  A segment counts as out of order until it is acknowledged if
 * its connection is not in the table, or if it was sent before the last
 * segment was acknowledged.  The count of a connection that was replaced in the
 * table is kept.  The count of a connection that the guest resets is taken
 * back, but only if libslirp surely obeys that reset.
 *
 * On the thread that calls libslirp.
 */
#ifndef DEVICES_FIREWALL_TCP_QUEUE_H
#define DEVICES_FIREWALL_TCP_QUEUE_H

#include "devices/firewall/conntrack.h"

enum {
	/* How many segments may wait for each connection and for all.  A large
	 * segment counts as one more for each KiB.  A whole window is 64 of
	 * these. */
	TCP_QUEUE_FLOW_MAX = 1024,
	TCP_QUEUE_MAX = 8192,
};

/* Whether libslirp may see @packet, a TCP packet from the guest that has its
 * flow, considering what it has queued already.  A reset that libslirp surely
 * obeys drops the flow. */
bool tcp_queue_takes(struct conntrack *ct, struct packet *packet);

/* Count a segment of @len bytes that libslirp may have to keep until it has
 * acknowledged @end; false if it may not be queued. */
bool tcp_queue_hold(struct conntrack *ct, struct flow *flow, uint32_t end,
		    size_t len);

#endif
