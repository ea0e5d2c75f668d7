/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/tcp_end.h"

void tcp_end_from(struct tcp_end *end, const struct packet *packet,
		  uint32_t after)
{
	uint32_t ack = get_be32(packet->payload + 8);

	end->ended_by_guest = !end->ending;
	end->second = end->ending;
	end->ended = end->ending && (packet->payload[13] & TCP_ACK) &&
		     (int32_t)(ack - end->after_slirp) >= 0;
	end->after_guest = after;
}

bool tcp_end_to(struct tcp_end *end, const struct packet *packet)
{
	uint8_t flags = packet->payload[13];
	uint32_t ack = get_be32(packet->payload + 8);
	size_t len = packet->payload_len - packet_tcp_header(packet);

	if (flags & TCP_SYN)
		*end = (struct tcp_end){ .ending = false };
	if (flags & TCP_FIN) {
		end->ending |= !end->ended_by_guest;
		end->last |= end->ended_by_guest && ack == end->after_guest;
		end->after_slirp =
			get_be32(packet->payload + 4) + (uint32_t)len + 1;
	}
	if (!end->ended || !(flags & TCP_ACK) || ack != end->after_guest)
		return false;
	*end = (struct tcp_end){ .ending = false };
	return true;
}

bool tcp_end_half(const struct tcp_end *end)
{
	return (end->ending && !end->second) ||
	       (end->ended_by_guest && !end->last);
}

bool tcp_end_last(struct tcp_end *end, const struct packet *packet)
{
	uint32_t ack = get_be32(packet->payload + 8);

	if (!end->last ||
	    (packet->payload[13] & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK ||
	    ack != end->after_slirp)
		return false;
	*end = (struct tcp_end){ .ending = false };
	return true;
}
