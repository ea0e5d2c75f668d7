/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * window.h - larger TCP windows for what the guest sends; with the lock held
 */
#ifndef DEVICES_SLIRP_WINDOW_H
#define DEVICES_SLIRP_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/firewall/conntrack.h"

struct slirp_net;

/* Room for a first segment with all options that fit into one. */
enum { SLIRP_SYN_MAX = ETHER_HEADER + IPV6_HEADER + 60 };

/* An acknowledgement that waits until its window is known. */
struct slirp_held_ack {
	/* The connection whose acknowledgements may be held; NULL: none. */
	struct flow *flow;
	bool holds;
	struct packet packet;
	uint8_t frame[TCP_FRAME_MAX];
};

/* Learn from @packet, from the guest and with SYN, whether the guest scales
 * windows. */
void slirp_window_learn(const struct packet *packet);
/* Make the window in @packet, from the guest and with a flow, what libslirp
 * understands, and see to it that libslirp takes all of @packet.  False: it
 * would not, so the packet must be dropped. */
bool slirp_window_from(struct slirp_net *net, const struct packet *packet);
/* libslirp gets segments of @flow, which may be NULL, between these two. */
void slirp_window_begin(struct slirp_net *net, struct flow *flow);
void slirp_window_end(struct slirp_net *net);
/* @packet is on its way to the guest, and has a flow that is up to date: offer
 * to scale windows if it begins a connection, or announce a larger window.  A
 * longer packet is in @room then, and @packet points to it.  False: @packet is
 * held until slirp_window_end(), in the place of one that it supersedes. */
bool slirp_window_to(struct slirp_net *net, struct packet *packet,
		     uint8_t room[SLIRP_SYN_MAX]);

/* By how much the windows are shifted that the guest is told. */
enum { SLIRP_WINDOW_SHIFT = 1 };

/* How far the window goes that @flow's guest was promised. */
static inline uint32_t slirp_window_promised(const struct flow *flow)
{
	return flow->scale.edge - flow->expected;
}

/* The window field of a segment to the guest that acknowledges all that
 * libslirp has acknowledged in @flow, which must be known. */
static inline uint16_t slirp_window_field(const struct flow *flow)
{
	return (uint16_t)(flow->scale.agreed ? slirp_window_promised(flow) >>
						       SLIRP_WINDOW_SHIFT :
					       flow->edge - flow->expected);
}

#endif
