/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mss.c - keeps TCP segments from being too large
 *
 * In the first packet of a connection to the outside the guest tells how large
 * segments may be.  libslirp keeps that packet until the host has answered, but
 * loses its options, and then sends segments as large as its own MTU allows.
 * So when the guest acknowledges libslirp's first packet, libslirp gets the
 * option again, in a packet that otherwise says the same as before.  At that
 * time libslirp has no data yet, which it would lose by that.
 *
 * And libslirp takes no IPv6 segments larger than its MTU, but the guest leaves
 * it to the NIC to cut its segments.  They are cut here.
 */
#include "devices/slirp/mss.h"

#include "base/count.h"
#include "base/util.h"
#include "devices/firewall/segment.h"
#include "devices/firewall/tcp_frame.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/shard.h"

/* The maximum segment size that @p announces; 0: none. */
static uint16_t told_mss(const struct packet *p)
{
	const uint8_t *option = packet_tcp_option(p, TCP_OPTION_MSS);

	return option && option[1] == 4 ? get_be16(option + 2) : 0;
}

void slirp_mss_note(const struct packet *packet)
{
	struct flow *flow = packet->flow;

	/* If it is sent again, its options were cleared (firewall.h). */
	if ((packet->payload[13] & (TCP_ACK | TCP_RST)) ||
	    flow_is_old(flow, get_be32(packet->payload + 4)))
		return;
	flow->mss = told_mss(packet);
}

void slirp_mss_tell(struct slirp_net *net, const struct packet *packet)
{
	const struct packet *p = packet;
	uint8_t flags = p->payload[13] & (TCP_SYN | TCP_ACK | TCP_RST);
	uint16_t mss = p->flow->mss;
	uint8_t frame[TCP_FRAME_MAX] = { 0 };
	struct tcp_frame f;
	size_t len;

	if (!mss || flags != TCP_ACK || !p->flow->known ||
	    flow_distance(p->flow, get_be32(p->payload + 4)) != 0)
		return;
	p->flow->mss = 0;
	if (mss + TCP_HEADER + (p->payload - p->net) >= net->mtu)
		return;
	f = tcp_frame_along(p);
	f.seq = get_be32(p->payload + 4) - 1;
	f.ack = get_be32(p->payload + 8);
	f.flags = TCP_SYN | TCP_ACK;
	f.window = get_be16(p->payload + 14);
	f.mss = mss;
	len = tcp_frame_write(&f, frame);
	/* This packet may be the one for which libslirp opens a connection to a
	 * service. */
	slirp_stack_input_of(net, p, frame, len);
}

static void input_segments(struct slirp_net *net, const struct packet *p)
{
	uint8_t frame[ETHER_HEADER + NET_MTU_MAX] UNINITIALIZED;
	size_t len;

	for (size_t i = 0; (len = segment_tcp6(p, net->mtu, i, frame)); i++) {
		slirp_stack_input(slirp_shard_of(net, p->flow), frame, len);
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
