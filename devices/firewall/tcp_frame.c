/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/tcp_frame.h"

#include <string.h>

#include "devices/firewall/checksum.h"
#include "devices/firewall/packet.h"

static size_t tcp_len(const struct tcp_frame *f)
{
	return TCP_HEADER + (f->mss ? (size_t)TCP_MSS_OPTION : 0);
}

static uint8_t *put_ipv4(const struct tcp_frame *f, uint8_t *ip)
{
	uint16_t sum;

	memset(ip, 0, IPV4_HEADER);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(IPV4_HEADER + tcp_len(f)));
	ip[8] = 64;
	ip[9] = PROTOCOL_TCP;
	memcpy(ip + 12, f->from, 4);
	memcpy(ip + 16, f->to, 4);
	sum = checksum(ip, IPV4_HEADER);
	memcpy(ip + 10, &sum, sizeof(sum));
	return ip + IPV4_HEADER;
}

static uint8_t *put_ipv6(const struct tcp_frame *f, uint8_t *ip)
{
	memset(ip, 0, IPV6_HEADER);
	ip[0] = 0x60;
	put_be16(ip + 4, (uint16_t)tcp_len(f));
	ip[6] = PROTOCOL_TCP;
	ip[7] = 64;
	memcpy(ip + 8, f->from, 16);
	memcpy(ip + 24, f->to, 16);
	return ip + IPV6_HEADER;
}

struct tcp_route tcp_route_of(const struct packet *packet)
{
	struct tcp_route route = {
		.addr_len = (uint8_t)packet->addr_len,
		.from_port = get_be16(packet->payload),
		.to_port = get_be16(packet->payload + 2),
	};

	memcpy(route.to_mac, packet->frame, 6);
	memcpy(route.from_mac, packet->frame + 6, 6);
	memcpy(route.addrs, packet->addrs, 2 * packet->addr_len);
	return route;
}

struct tcp_route tcp_route_back(const struct tcp_route *route)
{
	size_t len = route->addr_len;
	struct tcp_route back = { .addr_len = route->addr_len,
				  .from_port = route->to_port,
				  .to_port = route->from_port };

	memcpy(back.to_mac, route->from_mac, 6);
	memcpy(back.from_mac, route->to_mac, 6);
	memcpy(back.addrs, route->addrs + len, len);
	memcpy(back.addrs + len, route->addrs, len);
	return back;
}

struct tcp_frame tcp_frame_on(const struct tcp_route *route)
{
	return (struct tcp_frame){
		.from_mac = route->from_mac,
		.to_mac = route->to_mac,
		.from = route->addrs,
		.to = route->addrs + route->addr_len,
		.addr_len = route->addr_len,
		.from_port = route->from_port,
		.to_port = route->to_port,
	};
}

struct tcp_frame tcp_frame_along(const struct packet *packet)
{
	return (struct tcp_frame){
		.from_mac = packet->frame + 6,
		.to_mac = packet->frame,
		.from = packet->addrs,
		.to = packet->addrs + packet->addr_len,
		.addr_len = packet->addr_len,
		.from_port = get_be16(packet->payload),
		.to_port = get_be16(packet->payload + 2),
	};
}

size_t tcp_frame_write(const struct tcp_frame *frame,
		       uint8_t out[TCP_FRAME_MAX])
{
	bool v4 = frame->addr_len == 4;
	size_t addrs_len = 2 * frame->addr_len, len = tcp_len(frame);
	uint8_t *tcp;
	uint64_t sum;
	uint16_t check;

	memcpy(out, frame->to_mac, 6);
	memcpy(out + 6, frame->from_mac, 6);
	put_be16(out + 12, v4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	tcp = v4 ? put_ipv4(frame, out + ETHER_HEADER) :
		   put_ipv6(frame, out + ETHER_HEADER);
	memset(tcp, 0, len);
	put_be16(tcp, frame->from_port);
	put_be16(tcp + 2, frame->to_port);
	put_be32(tcp + 4, frame->seq);
	put_be32(tcp + 8, frame->ack);
	tcp[12] = (uint8_t)(len / 4 << 4);
	tcp[13] = frame->flags;
	put_be16(tcp + 14, frame->window);
	if (frame->mss) {
		put_be16(tcp + TCP_HEADER, 0x0204);
		put_be16(tcp + TCP_HEADER + 2, frame->mss);
	}
	/* The IP addresses are directly before the TCP header. */
	sum = checksum_pseudo(tcp - addrs_len, addrs_len, PROTOCOL_TCP, len);
	check = (uint16_t)~checksum_fold(checksum_add(sum, tcp, len));
	memcpy(tcp + 16, &check, sizeof(check));
	return (size_t)(tcp - out) + len;
}

size_t reject_tcp(const struct packet *packet, uint8_t out[TCP_FRAME_MAX])
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
