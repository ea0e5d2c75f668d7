/* SPDX-License-Identifier: BSD-2-Clause */
/* net_guest_frames.c - what the guest sends */
#include <string.h>

#include "tests/net_guest.h"

static void guest_ether(struct guest *g, uint8_t *frame, enum ethertype type)
{
	memcpy(frame, g->gateway_mac, 6);
	memcpy(frame + 6, g->mac, 6);
	put_be16(frame + 12, type);
}

void guest_arp(struct guest *g, unsigned op, const uint8_t *to)
{
	static const uint8_t kind[] = { 0, 1, 8, 0, 6, 4 };
	uint8_t frame[ETHER_HEADER + ARP_PACKET] = { 0 };

	guest_ether(g, frame, ETHERTYPE_ARP);
	memset(frame, 0xff, 6);
	memcpy(frame + 14, kind, sizeof(kind));
	put_be16(frame + 20, (uint16_t)op);
	memcpy(frame + 22, g->mac, 6);
	memcpy(frame + 28, g->addr4, 4);
	memcpy(frame + 38, to, 4);
	guest_send(g, frame, sizeof(frame));
}

/* Writes the headers of an IP packet with @len bytes of payload, and the
 * checksum at @sum_at of the payload; the frame's length. */
size_t guest_ip(struct guest *g, uint8_t *frame, const uint8_t *to,
		size_t addr_len, uint8_t protocol, size_t len, int sum_at)
{
	uint8_t *ip = frame + ETHER_HEADER;
	size_t header = addr_len == 4 ? IPV4_HEADER : IPV6_HEADER;
	uint8_t *payload = ip + header, *addrs;
	uint16_t sum;

	memset(ip, 0, header);
	if (addr_len == 4) {
		guest_ether(g, frame, ETHERTYPE_IPV4);
		ip[0] = 0x45;
		put_be16(ip + 2, (uint16_t)(header + len));
		ip[8] = 64;
		ip[9] = protocol;
		addrs = ip + 12;
		memcpy(addrs, g->addr4, 4);
	} else {
		guest_ether(g, frame, ETHERTYPE_IPV6);
		ip[0] = 0x60;
		put_be16(ip + 4, (uint16_t)len);
		ip[6] = protocol;
		ip[7] = 255;
		addrs = ip + 8;
		memcpy(addrs, g->addr6, 16);
	}
	memcpy(addrs + addr_len, to, addr_len);
	if (addr_len == 4) {
		sum = checksum(ip, header);
		memcpy(ip + 10, &sum, 2);
	}
	if (sum_at >= 0) {
		uint64_t s = protocol == PROTOCOL_ICMP ?
				     0 :
				     checksum_pseudo(addrs, 2 * addr_len,
						     protocol, len);

		memset(payload + sum_at, 0, 2);
		sum = (uint16_t)~checksum_fold(checksum_add(s, payload, len));
		/* Zero says that there is none (RFC 768). */
		if (!sum && protocol == PROTOCOL_UDP)
			sum = 0xffff;
		memcpy(payload + sum_at, &sum, 2);
	}
	return ETHER_HEADER + header + len;
}

uint8_t *guest_payload(uint8_t *frame, size_t addr_len)
{
	return frame + ETHER_HEADER +
	       (addr_len == 4 ? IPV4_HEADER : IPV6_HEADER);
}

/* Asks who has an IPv6 address. */
void guest_solicit(struct guest *g, const uint8_t *whom)
{
	uint8_t frame[128] = { 0 };
	uint8_t *ns = guest_payload(frame, 16);

	ns[0] = 135;
	memcpy(ns + 8, whom, 16);
	guest_send(g, frame,
		   guest_ip(g, frame, whom, 16, PROTOCOL_ICMPV6, 24, 2));
}

void guest_udp(struct guest *g, const uint8_t *to, size_t addr_len,
	       uint16_t from_port, uint16_t to_port, const void *data,
	       size_t len)
{
	static uint8_t frame[ETHER_MAX + 100];
	uint8_t *udp = guest_payload(frame, addr_len);

	put_be16(udp, from_port);
	put_be16(udp + 2, to_port);
	put_be16(udp + 4, (uint16_t)(UDP_HEADER + len));
	memcpy(udp + UDP_HEADER, data, len);
	guest_send(g, frame,
		   guest_ip(g, frame, to, addr_len, PROTOCOL_UDP,
			    UDP_HEADER + len, 6));
}

/* Write the options of a first segment with @flags; how long they are. */
static size_t guest_options(const struct guest *g, const struct guest_tcp *t,
			    uint8_t flags, uint8_t *at)
{
	bool scales = g->scales && (!(flags & TCP_ACK) || t->scales);

	at[0] = 2;
	at[1] = 4;
	put_be16(at + 2, (uint16_t)(g->mtu - 40));
	memcpy(at + 4, g->options, g->n_options);
	if (g->n_options || !scales)
		return 4 + g->n_options;
	memcpy(at + 4, (uint8_t[]){ 1, 3, 3, g->shift }, 4);
	return 8;
}

void guest_segment(struct guest *g, struct guest_tcp *t, uint8_t flags,
		   const void *data, size_t len)
{
	static uint8_t frame[ETHER_MAX + 100];
	uint8_t *tcp = guest_payload(frame, t->addr_len);
	size_t header = TCP_HEADER;

	if (flags & TCP_SYN)
		header += guest_options(g, t, flags, tcp + TCP_HEADER);
	memset(tcp, 0, TCP_HEADER);
	put_be16(tcp, t->port);
	put_be16(tcp + 2, t->peer_port);
	put_be32(tcp + 4, t->next);
	put_be32(tcp + 8, flags & TCP_ACK ? t->expected : 0);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = flags;
	put_be16(tcp + 14, g->shut ? 0 : g->own_window ? g->own_window : 65535);
	if (len)
		memcpy(tcp + header, data, len);
	t->next += (uint32_t)len + !!(flags & (TCP_SYN | TCP_FIN));
	t->closed = t->closed || (flags & TCP_FIN);
	guest_send(g, frame,
		   guest_ip(g, frame, t->addr, t->addr_len, PROTOCOL_TCP,
			    header + len, 16));
}

void guest_echo(struct guest *g, const uint8_t *to, size_t len, uint8_t mark)
{
	static uint8_t frame[ETHER_MAX + 100];
	uint8_t *icmp = guest_payload(frame, 4);

	memset(icmp, 0, len);
	icmp[0] = 8;
	icmp[len - 1] = mark;
	guest_send(g, frame, guest_ip(g, frame, to, 4, PROTOCOL_ICMP, len, 2));
}
