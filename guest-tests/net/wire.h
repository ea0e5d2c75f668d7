/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire.h - headers as they are in frames, and the Internet checksum
 */
#ifndef GUEST_NET_WIRE_H
#define GUEST_NET_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum {
	ETHER_IPV4 = 0x0800,
	ETHER_ARP = 0x0806,
	ETHER_MIN = 60,

	ARP_REQUEST = 1,
	ARP_REPLY = 2,

	IPV4_ICMP = 1,
	IPV4_TCP = 6,
	IPV4_UDP = 17,
	IPV4_DONT_FRAGMENT = 0x4000,

	ICMP_ECHO_REPLY = 0,
	ICMP_ECHO = 8,

	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
};

struct ether {
	uint8_t to[6], from[6];
	uint16_t type;
} __attribute__((packed));

struct arp {
	uint16_t hardware, protocol;
	uint8_t hardware_len, protocol_len;
	uint16_t operation;
	uint8_t from[6];
	uint32_t from_addr;
	uint8_t to[6];
	uint32_t to_addr;
} __attribute__((packed));

struct ipv4 {
	uint8_t version_len, service;
	uint16_t len, id, fragment;
	uint8_t ttl, protocol;
	uint16_t checksum;
	uint32_t from, to;
} __attribute__((packed));

struct icmp {
	uint8_t type, code;
	uint16_t checksum, id, seq;
} __attribute__((packed));

struct udp {
	uint16_t from, to, len, checksum;
} __attribute__((packed));

struct tcp {
	uint16_t from, to;
	uint32_t seq, ack;
	/* In units of 16 bytes: the header's length / 4, shifted. */
	uint8_t offset, flags;
	uint16_t window, checksum, urgent;
} __attribute__((packed));

static inline uint16_t be16(uint16_t v)
{
	return __builtin_bswap16(v);
}

static inline uint32_t be32(uint32_t v)
{
	return __builtin_bswap32(v);
}

/* Add @len bytes to a sum, to which only the last piece may add an odd
 * number of them; RFC 1071. */
uint64_t checksum_add(uint64_t sum, const void *data, size_t len);

/* The sum, folded, in the byte order of the wire; not complemented. */
uint16_t checksum_fold(uint64_t sum);

/* What goes into TCP's and UDP's sums beside the segment. */
uint64_t checksum_pseudo(uint32_t from, uint32_t to, uint8_t protocol,
			 size_t len);

#endif
