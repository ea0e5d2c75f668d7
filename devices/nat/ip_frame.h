/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip_frame.h - write the headers of our own frames: UDP and ICMP errors
 *
 * The caller has put the data, or the ICMP message, at its place in the frame,
 * with room for the headers before it.  Any thread.
 */
#ifndef DEVICES_NAT_IP_FRAME_H
#define DEVICES_NAT_IP_FRAME_H

#include "devices/firewall/packet.h"
#include "devices/nat/net_end.h"

enum {
	/* An error quotes at most so many bytes of the packet that caused it:
	 * RFC 1812 4.3.2.3, RFC 4443 2.4 (c). */
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

/* Type and code of an ICMP error, for the address family of the packet. */
struct icmp_error {
	uint8_t type, code;
	/* The last word of the ICMP header: the MTU, in an error about that. */
	uint32_t info;
};

/* How many bytes of headers come before UDP's data and, with
 * ip_frame_headers(), before an ICMP message. */
static inline size_t udp_frame_headers(size_t addr_len)
{
	return ETHER_HEADER + UDP_HEADER +
	       (addr_len == 4 ? (size_t)IPV4_HEADER : (size_t)IPV6_HEADER);
}

static inline size_t ip_frame_headers(size_t addr_len)
{
	return udp_frame_headers(addr_len) - UDP_HEADER;
}

/* Write the headers of Ethernet and IP for @len bytes of @protocol that are in
 * @frame already.  Returns the length of the frame.  The hardware addresses
 * have 6 bytes; the ports of @from and @to are not used. */
size_t ip_frame_write(uint8_t *frame, const uint8_t *from_mac,
		      const uint8_t *to_mac, const struct net_end *from,
		      const struct net_end *to, uint8_t protocol, size_t len);

/* The same for UDP with @len bytes of data.  The UDP header and its checksum
 * are written, too. */
size_t udp_frame_write(uint8_t *frame, const uint8_t *from_mac,
		       const uint8_t *to_mac, const struct net_end *from,
		       const struct net_end *to, size_t len);

/* Set the checksum of the ICMP message of @len bytes in @frame, whose headers
 * are written.  @addr_len tells the address family. */
void icmp_frame_sum(uint8_t *frame, size_t addr_len, size_t len);

/* The ICMP error that reports @cause for a packet with addresses of @addr_len
 * bytes. */
struct icmp_error icmp_error_for(enum icmp_cause cause, size_t addr_len);

/*
 * Write an ICMP error about @packet, which the guest has sent, to @out.
 * Returns its length.  @from is the sender of the error, an address of the
 * packet's family; NULL: the destination of the packet.
 */
size_t icmp_error_write(uint8_t out[ICMP_ERROR_MAX],
			const struct packet *packet,
			const struct icmp_error *error, const void *from);

#endif
