/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conntrack.h - the guest's TCP connections
 *
 * One table holds all that minivmm knows of a TCP connection.  A packet's
 * connection is looked up once on each way, from the guest by conntrack_from()
 * and to the guest by conntrack_to_flow(), and is handed along in
 * packet->flow to everybody who asks about it.
 *
 * Nobody tells minivmm when libslirp opens or forgets a connection, so all of
 * this is learnt from the segments that pass.  A guest may begin connections
 * without end: the table has a fixed size, and a new connection takes the
 * place of one that was not used lately, and is over if that is possible.
 * Connections whose socket is known keep their place, or nobody could tell any
 * more which instance of libslirp has them; so do those that are leaving
 * libslirp (devices/slirp/timewait.c).
 *
 * The table is indexed by a secret hash, so that a guest cannot choose
 * connections that collide.
 *
 * Each flow belongs to the thread that calls libslirp.
 */
#ifndef DEVICES_FIREWALL_CONNTRACK_H
#define DEVICES_FIREWALL_CONNTRACK_H

#include "devices/firewall/libslirp_faults.h"
#include "devices/firewall/packet.h"
#include "devices/firewall/tcp_frame.h"

enum {
	/* More than there may be sockets of TCP (devices/slirp/fds.c). */
	CONNTRACK_FLOWS = 16384,
	/* How many connections may be leaving at a time. */
	CONNTRACK_LEAVING = 256,
	/* More bytes than any window of libslirp's.  If libslirp expects a
	 * sequence number that is so much higher, it has taken in what it had
	 * queued. */
	CONNTRACK_WINDOW = 1 << 20,
	/* No instance of libslirp has the connection. */
	FLOW_NO_SHARD = UINT16_MAX,
};

/* How a connection leaves libslirp: devices/slirp/timewait.c. */
enum flow_leave {
	/* It is not leaving. */
	LEAVE_NOT,
	/* It is over, and libslirp is to get a reset. */
	LEAVE_RESET,
	/* The guest has ended it, and libslirp is to get that end. */
	LEAVE_END,
};

/* window.c: scaling of TCP's windows. */
struct flow_scale {
	/* The side that began offers it; both want it. */
	bool offered, agreed;
	/* By how much the guest shifts its windows. */
	uint8_t shift;
	/* The window that the guest was promised ends at @edge, if there is one
	 * yet. */
	bool promises;
	uint32_t edge;
};

struct flow {
	/* The secret hash of its addresses and ports; 0: unused. */
	uint64_t key;
	/* The next flow of the same bucket. */
	struct flow *chain;
	/* It was looked up since the last search for one to replace. */
	bool recent;

	/* The route of segments to the guest, with the ports that the guest
	 * sees; then the ports of the guest and of its peer in libslirp, which
	 * alias.c may have changed. */
	struct tcp_route to_guest;
	uint16_t port, peer_port;

	/* It has begun and, as far as can be seen, is not over. */
	bool live;
	/* libslirp has acknowledged something, so the next two are known: the
	 * sequence number that it expects next, and the end of the window that
	 * it has announced. */
	bool known;
	uint32_t expected, edge;
	/* The sequence number after the last one that libslirp has sent. */
	uint32_t next;
	/* libslirp has ended the connection; the guest has, and its FIN is on
	 * its way or has arrived; the guest did so before libslirp. */
	bool host_ended, guest_ended, guest_first;
	/* The side that ended the connection second knew by then that the other
	 * had ended it. */
	bool both_know;
	/* The sequence number after the guest's FIN. */
	uint32_t after_guest;
	/* How many calls of conntrack_walk() there were since the guest last
	 * sent. */
	unsigned quiet;

	/* How much of this connection is counted, and the sequence
	 * number after all that is counted. */
	unsigned held;
	uint32_t held_end;
	/* libslirp_faults.c */
	struct libslirp_faults_flow faults;

	struct flow_scale scale;
	/* mss.c: the segment size that the guest wants, until libslirp was
	 * told; 0: any size. */
	uint16_t mss;
	/* pairing.c: libslirp's descriptor of it; -1: not known. */
	int fd;
	/* shard.c: which instance of libslirp has it, or FLOW_NO_SHARD. */
	uint16_t shard;

	/* timewait.c: how the connection leaves; whether libslirp may still
	 * have data to write to its peer; whether libslirp gets nothing more
	 * from the guest for it. */
	enum flow_leave leave;
	bool unwritten, deaf;
	/* timewait.c: for LEAVE_END, the segment with the guest's FIN. */
	uint32_t end_seq, end_ack;
	uint16_t end_window;
};

/* To be zero-initialised. */
struct conntrack {
	uint64_t secret;
	/* The sum of that for all connections. */
	unsigned held;
	/* There may be half-closed connections. */
	bool half_closed;
	struct flow *leaving[CONNTRACK_LEAVING];
	unsigned n_leaving;
	/* How many flows were ever used, and where the search for one to
	 * replace continues. */
	unsigned n_flows, hand;
	struct flow *buckets[CONNTRACK_FLOWS];
	struct flow flows[CONNTRACK_FLOWS];
};

/*
 * The flow of @packet, a PACKET_OK of TCP, which is from the guest or to it.
 * The first returns NULL if there is none, the second makes one.  The result is
 * valid until the next conntrack_get(), which may replace it.
 */
struct flow *conntrack_find(struct conntrack *ct, const struct packet *packet,
			    bool from_guest);
struct flow *conntrack_get(struct conntrack *ct, const struct packet *packet,
			   bool from_guest);

/* The connection is gone, with everything that was queued for it. */
void conntrack_drop(struct conntrack *ct, struct flow *flow);

/* Forget all connections. */
void conntrack_clear(struct conntrack *ct);

/* Look up the flow of @packet, of TCP and from the guest, and hand it along in
 * packet->flow.  A segment that begins, ends or fills a connection makes a flow
 * if there is none. */
void conntrack_from(struct conntrack *ct, struct packet *packet);

/* The same for @packet, of TCP and from libslirp to the guest.  Any segment but
 * a reset makes a flow. */
void conntrack_to_flow(struct conntrack *ct, struct packet *packet);

/* Learn from @packet, of TCP and from libslirp, which has its flow.  True if
 * the connection was ended by libslirp first and @packet ends it for both
 * sides. */
bool conntrack_to(struct conntrack *ct, const struct packet *packet);

/* Learn that the guest ends the connection of @packet, which has its flow and
 * is in order; @after is the sequence number behind the end. */
void conntrack_end_from(struct conntrack *ct, const struct packet *packet,
			uint32_t after);

/* Whether @packet, from the guest and with its flow, ends the connection for
 * both sides after the guest ended it first.  True only once. */
bool conntrack_last(const struct packet *packet);

/* Call @quiet(@arg, flow) for each half-closed connection whose guest has sent
 * nothing since the previous call of this function.  If @quiet returns true,
 * the connection is dropped. */
void conntrack_walk(struct conntrack *ct,
		    bool (*quiet)(void *arg, struct flow *flow), void *arg);

/* conntrack_leave() adds @flow to the connections that leave, or changes how it
 * leaves; false: there are too many.  conntrack_stay() removes it. */
bool conntrack_leave(struct conntrack *ct, struct flow *flow,
		     enum flow_leave how);
void conntrack_stay(struct conntrack *ct, struct flow *flow);

/* Whether one side has ended the connection of @flow and the other has not. */
static inline bool flow_is_half_closed(const struct flow *flow)
{
	return flow->known && flow->host_ended != flow->guest_ended;
}

/* Whether one side has ended the connection of @flow, or it is leaving. */
static inline bool flow_is_ending(const struct flow *flow)
{
	return flow->host_ended || flow->guest_ended || flow->leave;
}

/* Whether libslirp already has the data of @flow at @seq. */
static inline bool flow_is_old(const struct flow *flow, uint32_t seq)
{
	return flow->known && (int32_t)(seq - flow->expected) < 0;
}

/* How far @seq is ahead of what libslirp expects next in @flow, which must be
 * known. */
static inline int32_t flow_distance(const struct flow *flow, uint32_t seq)
{
	return (int32_t)(seq - flow->expected);
}

/*
 * How much TCP out of order libslirp has to keep: libslirp queues segments that
 * arrive ahead of their turn.  It does so without a limit, keeps each, however
 * small, in a buffer of the size of its MTU, and searches that queue from the
 * front.  Nothing is reordered between the guest and libslirp, so an honest
 * guest rarely sends such segments.  Here they are counted, over all
 * connections, and above a limit they are refused; the guest sends them again.
 *
 * The count is never too low.  What libslirp expects next is seen in what it
 * acknowledges.  A segment counts as out of order until it is acknowledged if
 * its connection is not in the table, or if it was sent before the last
 * segment was acknowledged.  The count of a connection that was replaced in the
 * table is kept.  The count of a connection that the guest resets is taken
 * back, but only if libslirp surely obeys that reset.
 */
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
