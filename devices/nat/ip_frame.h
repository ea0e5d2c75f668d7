/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_frame.h - frames of our own around data: UDP, and ICMP errors
 *
 * The data, or the message, is where it belongs in the frame already, behind
 * room for the headers.  Any thread.
 */
#ifndef DEVICES_NAT_IP_FRAME_H
#define DEVICES_NAT_IP_FRAME_H

#include "devices/firewall/packet.h"
#include "devices/nat/net_end.h"

enum {
	/* An error quotes at most as much of its cause: RFC 1812 4.3.2.3,
	 * RFC 4443 2.4 (c). */
	ICMP_ERROR_MAX4 = 576,
	ICMP_ERROR_MAX6 = 1280,
	ICMP_ERROR_MAX = ETHER_HEADER + ICMP_ERROR_MAX6,
};

/* Why a packet could not be delivered. */
enum icmp_cause {
	ICMP_NO_ROUTE,
	ICMP_NO_HOST,
	ICMP_NO_PORT,
	ICMP_PROHIBITED,
	ICMP_TOO_FAR,
};

/* What an ICMP error says, of the packet's own family. */
struct icmp_error {
	uint8_t type, code;
	/* The last word of its header: the MTU, where it is about that. */
	uint32_t info;
};

/* The bytes before UDP's data, or before an ICMP message. */
static inline size_t udp_frame_headers(size_t addr_len)
{
	return ETHER_HEADER + UDP_HEADER +
	       (addr_len == 4 ? (size_t)IPV4_HEADER : (size_t)IPV6_HEADER);
}

static inline size_t ip_frame_headers(size_t addr_len)
{
	return udp_frame_headers(addr_len) - UDP_HEADER;
}

/* A frame of @frame's way, with @len bytes of @protocol behind the headers of
 * Ethernet and IP, which are written; its length.  The hardware addresses have
 * 6 bytes; ports are not looked at. */
size_t ip_frame_write(uint8_t *frame, const uint8_t *from_mac,
		      const uint8_t *to_mac, const struct net_end *from,
		      const struct net_end *to, uint8_t protocol, size_t len);

/* The same for UDP with @len bytes of data behind all headers, checksum
 * included. */
size_t udp_frame_write(uint8_t *frame, const uint8_t *from_mac,
		       const uint8_t *to_mac, const struct net_end *from,
		       const struct net_end *to, size_t len);

/* Set the checksum of the ICMP message of @len bytes in @frame, which has its
 * headers, of either family by @addr_len. */
void icmp_frame_sum(uint8_t *frame, size_t addr_len, size_t len);

/* What says so of a packet with addresses of @addr_len bytes. */
struct icmp_error icmp_error_for(enum icmp_cause cause, size_t addr_len);

/*
 * Write the error about @packet, which the guest has sent, to @out; its length.
 * @from, of the packet's family, is who says so; NULL: whom the packet was for.
 */
size_t icmp_error_write(uint8_t out[ICMP_ERROR_MAX],
			const struct packet *packet,
			const struct icmp_error *error, const void *from);

#endif
