/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ip.h - Ethernet, ARP, IPv4, ICMP echo and UDP for one host, 10.0.2.15
 *
 * Addresses and ports are in the byte order of the wire.  There are no
 * fragments and no options.
 */
#ifndef GUEST_NET_IP_H
#define GUEST_NET_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest-tests/net/nic.h"
#include "guest-tests/net/wire.h"

#define IP_ADDR(a, b, c, d)                                                    \
	((uint32_t)(a) | (b) << 8 | (c) << 16 | (uint32_t)(d) << 24)

#define IP_SELF	   IP_ADDR(10, 0, 2, 15)
#define IP_GATEWAY IP_ADDR(10, 0, 2, 2)

enum {
	/* Headers up to the payload of IPv4. */
	IP_HEAD = sizeof(struct ether) + sizeof(struct ipv4),
	UDP_ECHO_PORT = 7,
	/* Longer ones are not echoed. */
	UDP_ECHO_MAX = 1472,
};

/* The other end. */
struct ip_peer {
	uint8_t mac[6];
	uint32_t addr;
	uint16_t port;
};

struct ip_stats {
	uint64_t bad_checksum, ignored, echoes;
};

extern struct ip_stats ip_stats;

/* A datagram that is for no service of this file; NULL: ignore those. */
extern void (*udp_taker)(const struct ip_peer *from, const void *data,
			 size_t len);

/* Write the two headers before @len bytes of @protocol. */
void ip_head(uint8_t head[IP_HEAD], const struct ip_peer *to, uint8_t protocol,
	     size_t len);

/* Take a frame and answer it. */
void ip_input(const struct nic_frame *frame);

/* Send @data, copied, at most UDP_ECHO_MAX bytes, from @port; false: no
 * room. */
bool udp_send(const struct ip_peer *to, uint16_t port, const void *data,
	      size_t len);

/* Learn the MAC address of @peer, waiting for it; false: nobody answers. */
bool ip_resolve(struct ip_peer *peer);

#endif
