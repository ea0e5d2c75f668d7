/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.h - what is where in an Ethernet frame
 *
 * Frames come from the guest and are not trusted: packet_parse() vouches for
 * every length it gives.  Any thread.
 */
#ifndef DEVICES_FIREWALL_PACKET_H
#define DEVICES_FIREWALL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ETHER_HEADER = 14,
	/* The shortest Ethernet frame, without its check sequence. */
	ETHER_MIN = 60,
	/* The largest frame there is: an IPv4 packet of 65,535 bytes. */
	ETHER_MAX = ETHER_HEADER + 65535,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	TCP_HEADER = 20,
	UDP_HEADER = 8,
	ICMP_HEADER = 8,
	ICMPV6_HEADER = 4,
	ARP_PACKET = 28,
	/* The fragment header of IPv6, between IP header and payload. */
	FRAGMENT_HEADER = 8,
};

enum ethertype {
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_ARP = 0x0806,
	ETHERTYPE_IPV6 = 0x86dd,
};

enum ip_protocol {
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_ICMPV6 = 58,
};

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
};

/* IPv4's word with the offset of a fragment, in units of 8 bytes. */
enum ipv4_fragment {
	IPV4_OFFSET = 0x1fff,
	IPV4_MORE = 0x2000,
	IPV4_RESERVED = 0x8000,
};

/* The same for IPv6, with the offset in bytes. */
enum ipv6_fragment {
	IPV6_MORE = 0x0001,
	IPV6_OFFSET = 0xfff8,
};

enum packet_fault {
	PACKET_OK,
	/* Too short, or its lengths contradict each other. */
	PACKET_MALFORMED,
	/* Not ARP, IPv4 or IPv6. */
	PACKET_ETHERTYPE,
	/* Not TCP, UDP or ICMP. */
	PACKET_PROTOCOL,
	/* A fragment of an IP datagram.  Its payload is part of the datagram's;
	 * for IPv6 the fragment header comes before that. */
	PACKET_FRAGMENT,
};

struct iovec;

/* How long the frame in @n pieces is; 0: no frame is that short or that long.
 * The sum of the pieces may be more than a number can hold. */
size_t ether_length(const struct iovec *iov, unsigned n);

struct flow;

struct packet {
	uint8_t *frame;
	/* The length in bytes, without padding after the IP or ARP packet. */
	size_t len;
	enum ethertype ethertype;
	/* The ARP packet or IP header. */
	uint8_t *net;
	/* Source and then destination, 4 or 16 bytes each. */
	uint8_t *addrs;
	size_t addr_len;
	uint8_t protocol;
	/* The TCP, UDP or ICMP header, and the bytes from there on. */
	uint8_t *payload;
	size_t payload_len;
	/* For TCP: the connection, once it was looked up (conntrack.h); NULL:
	 * there is none. */
	struct flow *flow;
};

/*
 * Fill in @packet from the @len bytes of @frame.  If the result is PACKET_OK,
 * the fixed part of the TCP, UDP, ICMP or ARP header is within the frame, and
 * TCP's data offset and UDP's length are right.
 */
enum packet_fault packet_parse(struct packet *packet, uint8_t *frame,
			       size_t len);

/* Whether the checksums of @packet, a PACKET_OK of IP, are right and it may
 * still be passed on: its time to live, or hop limit, isn't 0. */
bool packet_is_sound(const struct packet *packet);

/* Put @value into a packet at @word, at an even offset, and update the checksum
 * at @check: a right checksum stays right, a wrong one stays wrong. */
void packet_put(uint8_t *check, uint8_t *word, uint16_t value);

/* The IP payload of @packet, a sound PACKET_OK of TCP, now has @len bytes:
 * write the lengths and checksums. */
void packet_resize_tcp(struct packet *packet, size_t len);

/* Kinds of options of TCP. */
enum {
	TCP_OPTION_END,
	TCP_OPTION_NONE,
	TCP_OPTION_MSS,
	TCP_OPTION_SCALE,
};

/* The first option of this @kind of @packet, of TCP: its kind, its length,
 * which is within the header, and so on; NULL: none. */
const uint8_t *packet_tcp_option(const struct packet *packet, uint8_t kind);

/* A copy of the whole frame of @packet is at @frame: point there. */
void packet_move(struct packet *packet, uint8_t *frame);

/* The length in bytes of the TCP header of @packet. */
static inline size_t packet_tcp_header(const struct packet *packet)
{
	return (size_t)(packet->payload[12] >> 4) * 4;
}

static inline uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

#endif
