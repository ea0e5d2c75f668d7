/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slirp_mss.c - segments to the guest are not larger than it wants them
 *
 * With its first packet of a connection out the guest tells how large they may
 * be.  libslirp keeps that packet until the host has answered, but not where
 * its options are, and so sends what its own MTU allows.  So when the guest
 * acknowledges libslirp's first packet, libslirp is given the option once more,
 * in a packet that says the same otherwise: it has no data yet, which it would
 * lose by that.
 */
#include "devices/net/slirp_net.h"
#include "devices/net/tcp_frame.h"

void slirp_mss_tell(struct slirp_net *net, const struct packet *packet)
{
	const struct packet *p = packet;
	uint16_t mss = tcp_order_mss(&net->sanitizer.order, p);
	uint8_t frame[TCP_FRAME_MAX] = { 0 };
	const struct tcp_frame f = {
		.from_mac = p->frame + 6,
		.to_mac = p->frame,
		.from = p->addrs,
		.to = p->addrs + p->addr_len,
		.addr_len = p->addr_len,
		.from_port = get_be16(p->payload),
		.to_port = get_be16(p->payload + 2),
		.seq = get_be32(p->payload + 4) - 1,
		.ack = get_be32(p->payload + 8),
		.flags = TCP_SYN | TCP_ACK,
		.window = get_be16(p->payload + 14),
		.mss = mss,
	};
	size_t len;

	if (!mss || mss + TCP_HEADER + (p->payload - p->net) >= net->mtu)
		return;
	len = tcp_frame_write(&f, frame);
	slirp_input(net->slirp, frame, (int)MAX(len, (size_t)ETHER_MIN));
}
