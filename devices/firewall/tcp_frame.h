/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_frame.h - TCP segments of our own, without data
 */
#ifndef DEVICES_FIREWALL_TCP_FRAME_H
#define DEVICES_FIREWALL_TCP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "devices/firewall/packet.h"

/* Room for one, and for its option. */
enum {
	TCP_MSS_OPTION = 4,
	TCP_FRAME_MAX =
		ETHER_HEADER + IPV6_HEADER + TCP_HEADER + TCP_MSS_OPTION,
};

struct tcp_frame {
	/* Hardware addresses, 6 bytes, and those of IP, 4 or 16 bytes. */
	const uint8_t *from_mac, *to_mac, *from, *to;
	size_t addr_len;
	uint16_t from_port, to_port;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	/* The maximum segment size it tells of, 0 for none. */
	uint16_t mss;
};

/* The way of a connection's segments, kept for later. */
struct tcp_route {
	uint8_t from_mac[6], to_mac[6];
	/* From where and to where, as in a packet. */
	uint8_t addrs[32];
	uint8_t addr_len;
	uint16_t from_port, to_port;
};

struct tcp_route tcp_route_of(const struct packet *packet);
struct tcp_route tcp_route_back(const struct tcp_route *route);

/* A segment on @route, which has to exist for as long as the result is used;
 * all but its addresses and ports is zero. */
struct tcp_frame tcp_frame_on(const struct tcp_route *route);

/* The same on the way of @packet, of TCP. */
struct tcp_frame tcp_frame_along(const struct packet *packet);

/* Write it with its headers and checksums; the frame's length, which may be
 * less than ETHER_MIN. */
size_t tcp_frame_write(const struct tcp_frame *frame,
		       uint8_t out[TCP_FRAME_MAX]);

#endif
