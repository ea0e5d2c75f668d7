/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_end.h - when a TCP connection is over for both ends
 *
 * Whoever ends a connection first has to remember it for a while (TIME-WAIT:
 * RFC 9293, 3.6.1), and if that is libslirp, on behalf of the host's side, it
 * keeps the socket and its descriptor for ten seconds.  Here such a
 * connection is recognised: both have said that they are done, libslirp
 * first, and each knows that the other knows.
 *
 * All on one thread.
 */
#ifndef DEVICES_FIREWALL_TCP_END_H
#define DEVICES_FIREWALL_TCP_END_H

#include "devices/firewall/packet.h"

/* Of a connection, from its first segment on; all zeros. */
struct tcp_end {
	/* libslirp has ended it before the guest; the guest has before
	 * libslirp; both have, and the guest knows. */
	bool ending, ended_by_guest, ended;
	/* The guest has ended it after libslirp. */
	bool second;
	/* libslirp has ended it after the guest, and knew that. */
	bool last;
	/* The sequence number behind the end of each. */
	uint32_t after_slirp, after_guest;
};

/* Learn from @packet, with a FIN behind which is the sequence number @after,
 * that is on its way from the guest to libslirp and in order. */
void tcp_end_from(struct tcp_end *end, const struct packet *packet,
		  uint32_t after);

/* The same of any packet from libslirp to the guest.  True, once, if it
 * makes the connection one that is over. */
bool tcp_end_to(struct tcp_end *end, const struct packet *packet);

/* Whether one side has ended it and the other has not. */
bool tcp_end_half(const struct tcp_end *end);

/* Whether @packet, which is from the guest and has no data, makes one over that
 * the guest has ended first.  Once, too. */
bool tcp_end_last(struct tcp_end *end, const struct packet *packet);

#endif
