/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mss.c - segments are not larger than they may be
 *
 * With its first packet of a connection out the guest tells how large they may
 * be.  libslirp keeps that packet until the host has answered, but not where
 * its options are, and so sends what its own MTU allows.  So when the guest
 * acknowledges libslirp's first packet, libslirp is given the option once more,
 * in a packet that says the same otherwise: it has no data yet, which it would
 * lose by that.
 *
 * And libslirp takes no segments of IPv6 that are larger than its MTU, as the
 * guest leaves them for us to cut.
 */
#include "devices/slirp/mss.h"

#include "base/count.h"
#include "base/util.h"
#include "devices/firewall/segment.h"
#include "devices/firewall/tcp_frame.h"
#include "devices/slirp/input.h"
#include "devices/slirp/internal.h"

void slirp_mss_tell(struct slirp_net *net, const struct packet *packet)
{
	const struct packet *p = packet;
	uint16_t mss = conntrack_mss(&net->firewall.order, p);
	uint8_t frame[TCP_FRAME_MAX] = { 0 };
	struct tcp_frame f;
	size_t len;

	if (!mss || mss + TCP_HEADER + (p->payload - p->net) >= net->mtu)
		return;
	f = tcp_frame_along(p);
	f.seq = get_be32(p->payload + 4) - 1;
	f.ack = get_be32(p->payload + 8);
	f.flags = TCP_SYN | TCP_ACK;
	f.window = get_be16(p->payload + 14);
	f.mss = mss;
	len = tcp_frame_write(&f, frame);
	/* This may be what opens a connection to a service. */
	slirp_stack_input_of(net, p, frame, len);
}

static void input_segments(struct slirp_net *net, const struct packet *p)
{
	uint8_t frame[ETHER_HEADER + NET_MTU_MAX] UNINITIALIZED;
	size_t len;

	for (size_t i = 0; (len = segment_tcp6(p, net->mtu, i, frame)); i++) {
		slirp_stack_input(net, frame, len);
		count_add(&net->segments, 1);
	}
}

static bool is_too_large(const struct slirp_net *net, const struct packet *p)
{
	return p->ethertype == ETHERTYPE_IPV6 && p->protocol == PROTOCOL_TCP &&
	       p->len - ETHER_HEADER > net->mtu && net->mtu >= NET_MTU_IPV6;
}

bool slirp_mss_cut(struct slirp_net *net, const struct packet *packet)
{
	bool cut = is_too_large(net, packet);

	if (cut)
		input_segments(net, packet);
	return cut;
}
