/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libslirp_faults.h - faults of libslirp that a newer version does not have
 *
 * A guest could use these.  Each is kept from the guest by functions of this
 * file, which are called only if the libslirp that runs has the fault.  So when
 * no system has such a version any more, this file and what the compiler then
 * complains of can be deleted in one commit, with
 * tests/devices/firewall/test_libslirp_faults.c.
 *
 * - FAULT_ZERO, mended in 4.8.0 ("tcp: Fix testing for last fragment").  When
 *   libslirp takes the last segment from its queue of segments out of order,
 *   and then expects sequence number 0, it goes on with memory that is none.
 *   So no segment that ends at 0 may be the last in the queue, be it that
 *   libslirp cuts it there.
 *
 *   A segment that includes 0 passes if it is in order and libslirp takes all
 *   of it.  One that ends at 0 passes if it is in order, nothing is queued, and
 *   the connection is established: libslirp does not use the queue then.  Of a
 *   connection that the host has ended libslirp queues all segments.  Before
 *   one that ends at 0 it gets a FIN without data at sequence number 1, the
 *   marker, which stays in the queue (devices/slirp/tx.c).  The next
 *   segment with at least two bytes makes libslirp drop the marker.  A segment
 *   that ends at 1 without an end would make libslirp believe in it, and is
 *   refused; the guest sends it again, with what follows.  Any other is
 *   refused, and so is all that follows, which would be queued.
 *
 *   An honest connection meets this at most once in 4 GiB, and sends again what
 *   was in flight.  What libslirp has already does not count: it looks at the
 *   rest only.
 * - FAULT_URGENT, mended in 4.9.2 ("oob: cap urgent data count to what is
 *   actually available", CVE-2026-9539).  An urgent pointer behind the end of
 *   the data makes libslirp send memory of the process.  So the flag and the
 *   pointer are cleared; the data stays in its place in the stream.
 *
 * The version is that of the library that was loaded, not of the headers: both
 * kinds have the same soname.  A distribution may have mended a fault without
 * another version; then a guard works for nothing, and does no harm.
 *
 * No version up to 4.9.3 mends these, which are kept from the guest elsewhere:
 * a queue without a limit (conntrack.h); data and repeated options of a SYN,
 * and window probes (firewall.h); packets that wait for an address without a
 * limit (devices/slirp/neighbour.h); TIME-WAIT with a descriptor for ten
 * seconds (devices/slirp/timewait.h); a backlog of one
 * (devices/slirp/hostfwd.h).
 *
 * Fragments crash 4.7.0, too, and 4.8.0 mends that; but they are put together
 * here for every version, as the policy and UDP need whole packets
 * (defrag.h).
 *
 * On the thread that calls libslirp.
 */
#ifndef DEVICES_FIREWALL_LIBSLIRP_FAULTS_H
#define DEVICES_FIREWALL_LIBSLIRP_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct conntrack;
struct flow;
struct packet;

/* The sequence number of a marker. */
enum { MARKER_SEQ = 1 };

/* A FIN of our own that waits in libslirp's queue, see FAULT_ZERO. */
enum flow_marker {
	MARKER_NONE,
	/* libslirp is to get it before the packet that passes. */
	MARKER_WANTED,
	MARKER_QUEUED,
};

enum libslirp_fault { FAULT_ZERO, FAULT_URGENT, FAULT_KINDS };

struct libslirp_faults {
	/* Which of the faults this version has. */
	bool has[FAULT_KINDS];
	/* Whether the connection of @flow is established in libslirp.  If
	 * several might be meant: whether all are.  Called seldom, and for
	 * FAULT_ZERO alone. */
	bool (*established)(void *arg, const struct flow *flow);
	void *arg;
	/* IPv6 packets larger than this may be cut before libslirp has them. */
	unsigned mtu;
	/* Packets whose urgent pointer was cleared. */
	uint64_t urgent;
};

/* What FAULT_ZERO needs to know of a connection. */
struct libslirp_faults_flow {
	/* It has been in the table from its beginning, or for so long that what
	 * conntrack.c counts of it is all there is in the queue. */
	bool whole;
	/* What libslirp expected when that became known. */
	uint32_t since;
	/* A segment was refused here that libslirp would have to take at once.
	 * No segment after it may be queued before it was taken. */
	bool barred;
	uint32_t bar;
	enum flow_marker marker;
};

/* Find out which faults the libslirp of this @version, such as "4.7.0", has.  A
 * string that is no version has all of them. */
void libslirp_faults_init(struct libslirp_faults *faults, const char *version);

/* Whether there is any. */
bool libslirp_faults_any(const struct libslirp_faults *faults);

/* FAULT_URGENT: clear the urgent flag and pointer of @packet, of TCP and from
 * the guest. */
void libslirp_faults_clear_urgent(struct libslirp_faults *faults,
				  const struct packet *packet);

/* FAULT_ZERO: whether libslirp may see @packet, a TCP packet from the guest
 * that has its flow; before tcp_queue_takes().  If its flow then wants a
 * marker, libslirp gets that before the packet. */
bool libslirp_faults_allow(const struct libslirp_faults *faults,
			   struct conntrack *ct, const struct packet *packet);

/* FAULT_ZERO: learn from @packet, a TCP packet of libslirp's that has its flow;
 * before conntrack_to(). */
void libslirp_faults_learn(const struct packet *packet);

#endif
