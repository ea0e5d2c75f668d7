/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slirp_frames.c - what the guest of slirp_rig.h sends
 */
#include <string.h>

#include "base/util.h"
#include "devices/firewall/checksum.h"
#include "devices/nat/ip_frame.h"
#include "tests/fuzz/slirp_rig.h"

static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

/* Where the checksum of a protocol is, or -1. */
static int checksum_at(const struct packet *p)
{
	switch (p->protocol) {
	case PROTOCOL_TCP:
		return 16;
	case PROTOCOL_UDP:
		return 6;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		return 2;
	default:
		return -1;
	}
}

void rig_mend(uint8_t *frame, size_t len)
{
	struct packet p;
	enum packet_fault fault = packet_parse(&p, frame, len);
	int at = checksum_at(&p);
	uint64_t sum = 0;
	uint16_t check;

	if ((fault != PACKET_OK && fault != PACKET_FRAGMENT) ||
	    p.ethertype == ETHERTYPE_ARP)
		return;
	if (fault == PACKET_OK && at >= 0) {
		if (p.protocol != PROTOCOL_ICMP)
			sum = checksum_pseudo(p.addrs, 2 * p.addr_len,
					      p.protocol, p.payload_len);
		memset(p.payload + at, 0, 2);
		check = (uint16_t)~checksum_fold(
			checksum_add(sum, p.payload, p.payload_len));
		memcpy(p.payload + at, &check, 2);
	}
	if (p.ethertype != ETHERTYPE_IPV4)
		return;
	memset(p.net + 10, 0, 2);
	check = checksum(p.net, (size_t)(p.payload - p.net));
	memcpy(p.net + 10, &check, 2);
}

void rig_announce(struct slirp_rig *rig)
{
	uint8_t arp[ETHER_MIN] = { [12] = 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };
	uint8_t ns[ETHER_HEADER + IPV6_HEADER + 24] = { [12] = 0x86,
							0xdd,
							0x60 };

	memcpy(arp + 6, mac, 6);
	memcpy(arp + 22, mac, 6);
	memcpy(arp + 28, rig_guest4, 4);
	memcpy(arp + 38, rig_gateway4, 4);
	rig_input(rig, arp, sizeof(arp));
	memcpy(ns + 6, mac, 6);
	ns[19] = 24;
	ns[20] = PROTOCOL_ICMPV6;
	ns[21] = 255;
	memcpy(ns + 22, rig_guest6, 16);
	memcpy(ns + 38, rig_gateway6, 16);
	ns[54] = 135;
	memcpy(ns + 62, rig_gateway6, 16);
	rig_mend(ns, sizeof(ns));
	rig_input(rig, ns, sizeof(ns));
}

/* Write the options of a first segment; how long they are. */
static size_t put_options(uint8_t *at, uint8_t options)
{
	const uint8_t scale[] = { 3, options & RIG_SCALE_LONG ? 4 : 3,
				  options & RIG_SHIFT, 1 };
	/* SACK is permitted, and timestamps. */
	static const uint8_t others[] = { 4, 2, 8, 10, [12] = 1, 1, 1, 1 };
	size_t len = 0;

	for (unsigned n = options & RIG_SCALES; n; n -= RIG_SCALE) {
		memcpy(at + len, scale, sizeof(scale));
		len += sizeof(scale);
	}
	if (!(options & RIG_OTHERS))
		return len;
	memcpy(at + len, others, sizeof(others));
	return len + sizeof(others);
}

void rig_segment(struct slirp_rig *rig, enum rig_peer peer, uint8_t flags,
		 int8_t skew, size_t len)
{
	bool v6 = peer == RIG_GATEWAY6;
	static uint8_t frame[ETHER_MAX];
	uint8_t *ip = frame + ETHER_HEADER;
	uint8_t *tcp = ip + (v6 ? IPV6_HEADER : IPV4_HEADER);
	size_t header = TCP_HEADER, payload;

	memset(frame, 0, ETHER_HEADER + IPV6_HEADER + TCP_HEADER);
	if (flags & TCP_SYN)
		header += put_options(tcp + header, rig->options);
	payload = header + len;
	memcpy(frame + 6, mac, 6);
	put_be16(frame + 12, v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	if (v6) {
		ip[0] = 0x60;
		put_be16(ip + 4, (uint16_t)payload);
		ip[6] = PROTOCOL_TCP;
		ip[7] = 64;
		memcpy(ip + 8, rig_guest6, 16);
		memcpy(ip + 24, rig_gateway6, 16);
	} else {
		ip[0] = 0x45;
		put_be16(ip + 2, (uint16_t)(IPV4_HEADER + payload));
		ip[8] = 64;
		ip[9] = PROTOCOL_TCP;
		memcpy(ip + 12, rig_guest4, 4);
		memcpy(ip + 16,
		       peer == RIG_SERVICE4 ? rig_service4 : rig_gateway4, 4);
	}
	put_be16(tcp, peer == RIG_CLIENT ? RIG_FORWARDED : 40000);
	put_be16(tcp + 2, peer == RIG_CLIENT ? rig->client_port : RIG_PORT);
	put_be32(tcp + 4, rig->next[peer] + (uint32_t)(int32_t)(skew * 100));
	put_be32(tcp + 8, rig->expected[peer]);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = flags;
	put_be16(tcp + 14, rig->options & RIG_SMALL_WINDOW ? 12 : 8192);
	put_be16(tcp + 18, flags & TCP_URG ? 3000 : 0);
	rig_mend(frame, (size_t)(tcp - frame) + payload);
	rig_input(rig, frame, (size_t)(tcp - frame) + payload);
}

void rig_datagram(struct slirp_rig *rig, bool v6, uint16_t from, uint16_t to,
		  const void *data, size_t len)
{
	static uint8_t frame[ETHER_HEADER + IPV6_HEADER + UDP_HEADER + 1024];
	struct net_end guest = v6 ? net_end_of(rig_guest6, 16, from) :
				    net_end_of(rig_guest4, 4, from);
	struct net_end gateway = v6 ? net_end_of(rig_gateway6, 16, to) :
				      net_end_of(rig_gateway4, 4, to);

	len = MIN(len, (size_t)1024);
	memcpy(frame + udp_frame_headers(guest.len), data, len);
	rig_input(rig, frame,
		  udp_frame_write(frame, mac, mac, &guest, &gateway, len));
}

void rig_fragment(struct slirp_rig *rig, uint8_t kind, uint16_t at, size_t len)
{
	static uint8_t frame[ETHER_HEADER + IPV4_HEADER + 2048];
	uint8_t *ip = frame + ETHER_HEADER;

	memcpy(frame + 6, mac, 6);
	put_be16(frame + 12, ETHERTYPE_IPV4);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(IPV4_HEADER + len * 8));
	ip[5] = kind & 3;
	put_be16(ip + 6, at | (kind & 4 ? IPV4_MORE : 0));
	ip[8] = 64;
	ip[9] = kind & 8 ? PROTOCOL_UDP : PROTOCOL_ICMP;
	memcpy(ip + 12, rig_guest4, 4);
	memcpy(ip + 16, rig_gateway4, 4);
	ip[IPV4_HEADER] = 8;
	rig_mend(frame, ETHER_HEADER + IPV4_HEADER + len * 8);
	rig_input(rig, frame, ETHER_HEADER + IPV4_HEADER + len * 8);
}
