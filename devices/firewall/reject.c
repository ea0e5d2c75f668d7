/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/reject.h"

size_t reject_tcp(const struct packet *packet, uint8_t out[REJECT_MAX])
{
	const uint8_t *from = packet->payload;
	size_t data = packet->payload_len - packet_tcp_header(packet);
	struct tcp_frame reset = {
		.from_mac = packet->frame,
		.to_mac = packet->frame + 6,
		.from = packet->addrs + packet->addr_len,
		.to = packet->addrs,
		.addr_len = packet->addr_len,
		.from_port = get_be16(from + 2),
		.to_port = get_be16(from),
		.flags = TCP_RST,
	};

	if (from[13] & TCP_ACK) {
		reset.seq = get_be32(from + 8);
	} else {
		reset.ack = get_be32(from + 4) + 1 + (uint32_t)data;
		reset.flags |= TCP_ACK;
	}
	return tcp_frame_write(&reset, out);
}
