/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conntrack.h - how much TCP out of order libslirp has to keep
 *
 * libslirp queues what arrives ahead of its turn, without limit and each
 * piece, however small, in a buffer of the size of its MTU; it searches that
 * queue from the front.  As nothing is reordered on the way to it, an honest
 * guest rarely sends such segments.  Here they are counted, over all
 * connections, and refused above a limit; the guest sends them again.
 *
 * What libslirp expects next of a connection is seen in what it acknowledges.
 * Connections are kept in a table of fixed size under a secret hash.  What
 * is sent in one that isn't in it, and what is sent before the last was
 * acknowledged, is taken for out of order until it is acknowledged too; what
 * was counted of one that had to leave stays counted; what was of one that the
 * guest has reset doesn't, if it is sure that libslirp takes it for that.  So
 * the count is never too low.
 *
 * And one fault more is kept from the queue: when libslirp has taken the last
 * segment from it and then expects 0, it goes on with memory that is none.  So
 * no segment that ends at 0 may get into the queue, be it by being cut there.
 * One that includes 0 is let through if it is in order and libslirp takes all
 * of it; one that ends at 0 if nothing is queued and the connection is
 * established, as the queue is not used then.  Else it is refused, and with it
 * whatever follows, which would be queued.  An honest connection meets this at
 * most once in 4 GiB, and sends again what was in flight.  What libslirp has
 * already doesn't count: it looks at the rest only.
 *
 * All on one thread; the counter may be read by any.
 */
#ifndef DEVICES_FIREWALL_CONNTRACK_H
#define DEVICES_FIREWALL_CONNTRACK_H

#include "devices/firewall/packet.h"
#include "devices/firewall/tcp_end.h"
#include "devices/firewall/tcp_frame.h"

enum {
	CONNTRACK_SETS = 2048,
	CONNTRACK_WAYS = 4,
	/* What may wait, of a connection and of all: segments, large ones
	 * counting for one more each KiB.  A window is 64 of these. */
	CONNTRACK_FLOW_MAX = 1024,
	CONNTRACK_MAX = 8192,
	/* No window of libslirp's is that large, in bytes: what it has queued
	 * it has taken in when it expects so much more. */
	CONNTRACK_WINDOW = 1 << 20,
};

struct conntrack_flow {
	/* The secret hash of its addresses and ports; 0: unused. */
	uint64_t key;
	/* What libslirp expects, once @known, and did then, and what it does
	 * not yet, by the window it told; and the highest it was sent. */
	uint32_t expected, since, edge, end;
	/* Where a segment was refused that libslirp has to take at once, if
	 * @barred: none after it may be queued before. */
	uint32_t bar;
	/* What of it is counted. */
	unsigned held;
	/* It has been in the table from the first, or for CONNTRACK_WINDOW, so
	 * @held is all. */
	bool known, whole, barred;
	/* It has begun and, as far as can be seen, is not over. */
	bool live;
	/* Its ports in libslirp, if they are others, see devices/slirp/alias.c;
	 * 0: they are the same. */
	uint16_t port, peer_port;
	/* One more than libslirp's descriptor of it; 0: not known. */
	unsigned fd_plus_one;
	/* The segment size the guest wants, until it was asked for; 0: any. */
	uint16_t mss;
	uint32_t last_used;
	/* Whether it is over. */
	struct tcp_end over;
	/* Behind the last sequence number that libslirp has sent; once one side
	 * has ended it, the way to the guest. */
	uint32_t next;
	struct tcp_route to_guest;
	/* How often conntrack_walk() has come since the guest last sent. */
	unsigned quiet;
};

/* To be zero-initialised but for the first three. */
struct conntrack {
	/* Whether the guest's connection with these ports is established, or
	 * none of several is anything else.  Seldom called. */
	bool (*established)(void *arg, uint16_t port, uint16_t peer_port);
	void *arg;
	/* IPv6 packets larger than this may be cut before libslirp has them. */
	unsigned mtu;
	uint64_t secret;
	uint32_t clock;
	unsigned held;
	/* There may be half-closed connections. */
	bool half_closed;
	uint64_t refused;
	struct conntrack_flow flows[CONNTRACK_SETS][CONNTRACK_WAYS];
};

/* Whether libslirp may see @packet, a TCP packet from the guest, in view of
 * what it has to keep already. */
bool conntrack_from(struct conntrack *order, const struct packet *packet);

/* Whether @packet, a TCP packet from the guest, is a SYN of a connection that
 * libslirp has, and not the first. */
bool conntrack_repeats(struct conntrack *order, const struct packet *packet);

/* Whether @packet, a TCP packet from the guest, has data for a window that
 * libslirp has told it is closed. */
bool conntrack_probes(struct conntrack *order, const struct packet *packet);

/* What the guest, of whose connection out @packet is the next packet and, if
 * this isn't 0, the second, has told in the first: its maximum segment size. */
uint16_t conntrack_mss(struct conntrack *order, const struct packet *packet);

/* Whether with @packet, a TCP packet from the guest, the connection that it
 * has ended first is over for both, see tcp_end.h. */
bool conntrack_last(struct conntrack *order, const struct packet *packet);

/* Whether libslirp has ended the connection of @packet, a TCP packet from the
 * guest, before the guest did. */
bool conntrack_ended(struct conntrack *order, const struct packet *packet);

/* How far the sequence number of @packet, a TCP packet from the guest, is from
 * that which libslirp expects; INT32_MIN when that isn't known. */
int32_t conntrack_distance(struct conntrack *order,
			   const struct packet *packet);

/* Call @quiet(@arg, flow) for each half-closed connection whose guest has not
 * sent anything since the last call of this, but for the first time; it is
 * forgotten if that is true. */
void conntrack_walk(struct conntrack *order,
		    bool (*quiet)(void *arg, struct conntrack_flow *flow),
		    void *arg);

/* Learn from @packet, a TCP packet from libslirp to the guest.  True if by it
 * the connection is over for both, see tcp_end.h. */
bool conntrack_to(struct conntrack *order, const struct packet *packet);

/* @packet, from libslirp to the guest, begins a connection that has these ports
 * in libslirp.  False if another one is in its place. */
bool conntrack_claim(struct conntrack *order, const struct packet *packet,
		     uint16_t port, uint16_t peer_port);

/* True if the connection of @packet, a TCP packet from the guest, has other
 * ports in libslirp: these. */
bool conntrack_claimed(struct conntrack *order, const struct packet *packet,
		       uint16_t *port, uint16_t *peer_port);

/* The port in libslirp of the guest's peer in the connection of @packet, of
 * TCP. */
uint16_t conntrack_peer_port(struct conntrack *order,
			     const struct packet *packet, bool from_guest);

/* Whether @packet, a TCP packet from libslirp to the guest, begins a connection
 * and was sent before. */
bool conntrack_resends(struct conntrack *order, const struct packet *packet);

/* The descriptor that libslirp uses for the connection of @packet, of TCP, is
 * @fd; -1: it isn't known which that is. */
void conntrack_set_fd(struct conntrack *order, const struct packet *packet,
		      bool from_guest, int fd);
int conntrack_fd(struct conntrack *order, const struct packet *packet,
		 bool from_guest);

/* There are no connections any more: nothing is counted. */
void conntrack_reset(struct conntrack *order);

/* The same, and there is another guest: nothing is known. */
void conntrack_forget(struct conntrack *order);

#endif
