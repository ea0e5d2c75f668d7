/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_frame.h - TCP segments that minivmm makes itself, without data
 */
#ifndef DEVICES_FIREWALL_TCP_FRAME_H
#define DEVICES_FIREWALL_TCP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "devices/firewall/packet.h"

/* Room for such a segment, and for its option. */
enum {
	TCP_MSS_OPTION = 4,
	TCP_FRAME_MAX =
		ETHER_HEADER + IPV6_HEADER + TCP_HEADER + TCP_MSS_OPTION,
};

struct tcp_frame {
	/* Hardware addresses of 6 bytes, and IP addresses of 4 or 16. */
	const uint8_t *from_mac, *to_mac, *from, *to;
	size_t addr_len;
	uint16_t from_port, to_port;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	/* The maximum segment size to announce; 0: none. */
	uint16_t mss;
};

/* The addresses and ports of a connection in one direction, kept for later. */
struct tcp_route {
	uint8_t from_mac[6], to_mac[6];
	/* Source and destination, as in a packet. */
	uint8_t addrs[32];
	uint8_t addr_len;
	uint16_t from_port, to_port;
};

struct tcp_route tcp_route_of(const struct packet *packet);
struct tcp_route tcp_route_back(const struct tcp_route *route);

/* A segment on @route, which must exist for as long as the result is used.
 * Everything but its addresses and ports is zero. */
struct tcp_frame tcp_frame_on(const struct tcp_route *route);

/* The same, from the sender of @packet, of TCP, to its receiver. */
struct tcp_frame tcp_frame_along(const struct packet *packet);

/* Write the frame with all headers and checksums.  Returns its length, which
 * may be less than ETHER_MIN. */
size_t tcp_frame_write(const struct tcp_frame *frame,
		       uint8_t out[TCP_FRAME_MAX]);

/* Write the reset (RFC 9293, 3.5.2) that answers @packet, a TCP segment with
 * ACK or a connection's first one.  Returns the length of the frame. */
size_t reject_tcp(const struct packet *packet, uint8_t out[TCP_FRAME_MAX]);

#endif
