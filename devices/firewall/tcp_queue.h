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
 * The queue of libslirp before 4.8.0 has one fault more.  When libslirp takes
 * the last segment from it and then expects sequence number 0, it goes on with
 * memory that is none.  So no segment that ends at 0 may be the last in the
 * queue, be it that libslirp cuts it there.
 *
 * - A segment that includes 0 passes if it is in order and libslirp takes all
 *   of it.
 * - One that ends at 0 passes if it is in order, nothing is queued, and the
 *   connection is established: libslirp does not use the queue then.
 * - Of a connection that the host has ended libslirp queues all segments.
 *   Before one that ends at 0 it gets a FIN without data at sequence number 1,
 *   the marker, which stays in the queue (devices/slirp/marker.c).  The next
 *   segment with at least two bytes makes libslirp drop the marker.  A segment
 *   that ends at 1 without an end would make libslirp believe in it, and is
 *   refused; the guest sends it again, with what follows.
 * - Any other is refused, and so is all that follows, which would be queued.
 *
 * An honest connection meets this at most once in 4 GiB, and sends again what
 * was in flight.  What libslirp has already does not count: it looks at the
 * rest only.
 *
 * On the thread that calls libslirp.
 */
#ifndef DEVICES_FIREWALL_TCP_QUEUE_H
#define DEVICES_FIREWALL_TCP_QUEUE_H

#include "devices/firewall/conntrack.h"

enum {
	/* What may wait, of a connection and of all: segments, large ones
	 * counting for one more each KiB.  A window is 64 of these. */
	TCP_QUEUE_FLOW_MAX = 1024,
	TCP_QUEUE_MAX = 8192,
};

/* Whether libslirp may see @packet, a TCP packet from the guest that has its
 * flow, in view of what it has to keep already.  A reset that libslirp surely
 * obeys drops the flow. */
bool tcp_queue_takes(struct conntrack *ct, struct packet *packet);

#endif
