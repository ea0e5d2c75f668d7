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
 * place of one that was not used lately.  Connections whose socket is known
 * keep their place, or nobody could tell any more which instance of libslirp
 * has them; so do those that are leaving libslirp (devices/slirp/timewait.c).
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
	/* No window of libslirp's is that large, in bytes: what it has queued
	 * it has taken in when it expects so much more. */
	CONNTRACK_WINDOW = 1 << 20,
	/* No instance of libslirp. */
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

struct flow {
	/* The secret hash of its addresses and ports; 0: unused. */
	uint64_t key;
	/* The next flow of the same bucket. */
	struct flow *chain;
	/* It was looked up since the last search for one to replace. */
	bool recent;

	/* The way of its segments to the guest, with the ports that the guest
	 * sees; and the guest's port and its peer's port in libslirp, which
	 * alias.c may have changed. */
	struct tcp_route to_guest;
	uint16_t port, peer_port;

	/* It has begun and, as far as can be seen, is not over. */
	bool live;
	/* libslirp has acknowledged something, so the next two are right: what
	 * it expects next, and the end of the window that it has told. */
	bool known;
	uint32_t expected, edge;
	/* Behind the last sequence number that libslirp has sent. */
	uint32_t next;
	/* libslirp has ended it; the guest has, and that is on its way or has
	 * arrived; the guest did so first. */
	bool host_ended, guest_ended, guest_first;
	/* Who ended it second had heard of the other's end by then. */
	bool both_know;
	/* Behind the guest's end. */
	uint32_t after_guest;
	/* How often conntrack_walk() has come since the guest last sent. */
	unsigned quiet;

	/* tcp_queue.c: how much is counted of it, and the sequence number
	 * behind all that is counted. */
	unsigned held;
	uint32_t held_end;
	/* libslirp_faults.c */
	struct libslirp_faults_flow faults;

	/* mss.c: the segment size that the guest wants, until libslirp was
	 * told; 0: any. */
	uint16_t mss;
	/* pairing.c: libslirp's descriptor of it; -1: not known. */
	int fd;
	/* shard.c: which instance of libslirp has it, or FLOW_NO_SHARD. */
	uint16_t shard;

	/* timewait.c: how it leaves; libslirp may still have something to write
	 * to its peer; libslirp hears nothing more from the guest about it. */
	enum flow_leave leave;
	bool unwritten, deaf;
	/* timewait.c: of LEAVE_END, the segment by which the guest ended it. */
	uint32_t end_seq, end_ack;
	uint16_t end_window;
};

/* To be zero-initialised. */
struct conntrack {
	uint64_t secret;
	/* What tcp_queue.c counts, of all connections. */
	unsigned held;
	/* There may be half-closed connections. */
	bool half_closed;
	struct flow *leaving[CONNTRACK_LEAVING];
	unsigned n_leaving;
	/* How many flows were ever used, and where the search for one to
	 * replace goes on. */
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

/* The connection is gone, and what was queued of it. */
void conntrack_drop(struct conntrack *ct, struct flow *flow);

/* Nothing is known of any connection. */
void conntrack_clear(struct conntrack *ct);

/* Look up the flow of @packet, of TCP and from the guest, and hand it along in
 * packet->flow.  A segment that begins, ends or fills a connection makes a flow
 * if there is none. */
void conntrack_from(struct conntrack *ct, struct packet *packet);

/* The same of @packet, of TCP and from libslirp to the guest.  All but a reset
 * make a flow. */
void conntrack_to_flow(struct conntrack *ct, struct packet *packet);

/* Learn from @packet, of TCP and from libslirp, which has its flow.  True if by
 * it the connection that libslirp ended first is over for both. */
bool conntrack_to(struct conntrack *ct, const struct packet *packet);

/* Learn that the guest ends the connection of @packet, which has its flow and
 * is in order; @after is the sequence number behind the end. */
void conntrack_end_from(struct conntrack *ct, const struct packet *packet,
			uint32_t after);

/* Whether by @packet, from the guest and with its flow, the connection that the
 * guest ended first is over for both.  True once. */
bool conntrack_last(const struct packet *packet);

/* Call @quiet(@arg, flow) for each half-closed connection whose guest has not
 * sent anything since the last call of this, but for the first time; if that is
 * true, the connection is dropped. */
void conntrack_walk(struct conntrack *ct,
		    bool (*quiet)(void *arg, struct flow *flow), void *arg);

/* Add @flow to those that leave, or change how it does; false: there are too
 * many.  And take it off. */
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

/* Whether libslirp has already what comes at @seq in @flow. */
static inline bool flow_is_old(const struct flow *flow, uint32_t seq)
{
	return flow->known && (int32_t)(seq - flow->expected) < 0;
}

/* How far @seq is from what libslirp expects of the known @flow. */
static inline int32_t flow_distance(const struct flow *flow, uint32_t seq)
{
	return (int32_t)(seq - flow->expected);
}

#endif
