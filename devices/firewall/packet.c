/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/packet.h"

#include <string.h>
#include <sys/uio.h>

#include "base/util.h"
#include "devices/firewall/checksum.h"

size_t ether_length(const struct iovec *iov, unsigned n)
{
	size_t len = 0;

	for (unsigned i = 0; i < n && len <= ETHER_MAX; i++)
		len += MIN(iov[i].iov_len, (size_t)ETHER_MAX + 1);
	return len < ETHER_HEADER || len > ETHER_MAX ? 0 : len;
}

static enum packet_fault parse_transport(const struct packet *p)
{
	size_t header;

	switch (p->protocol) {
	case PROTOCOL_TCP:
		if (p->payload_len < TCP_HEADER)
			return PACKET_MALFORMED;
		header = packet_tcp_header(p);
		if (header < TCP_HEADER || header > p->payload_len)
			return PACKET_MALFORMED;
		return PACKET_OK;
	case PROTOCOL_UDP:
		if (p->payload_len < UDP_HEADER ||
		    get_be16(p->payload + 4) < UDP_HEADER ||
		    get_be16(p->payload + 4) > p->payload_len)
			return PACKET_MALFORMED;
		return PACKET_OK;
	case PROTOCOL_ICMP:
		if (p->ethertype != ETHERTYPE_IPV4)
			return PACKET_PROTOCOL;
		return p->payload_len < ICMP_HEADER ? PACKET_MALFORMED :
						      PACKET_OK;
	case PROTOCOL_ICMPV6:
		if (p->ethertype != ETHERTYPE_IPV6)
			return PACKET_PROTOCOL;
		return p->payload_len < ICMPV6_HEADER ? PACKET_MALFORMED :
							PACKET_OK;
	default:
		return PACKET_PROTOCOL;
	}
}

static enum packet_fault parse_ipv4(struct packet *p, size_t room)
{
	size_t header, total;

	if (room < IPV4_HEADER || p->net[0] >> 4 != 4)
		return PACKET_MALFORMED;
	header = (size_t)(p->net[0] & 15) * 4;
	total = get_be16(p->net + 2);
	if (header < IPV4_HEADER || total < header || total > room)
		return PACKET_MALFORMED;
	p->len = ETHER_HEADER + total;
	p->addrs = p->net + 12;
	p->addr_len = 4;
	p->protocol = p->net[9];
	p->payload = p->net + header;
	p->payload_len = total - header;
	if (get_be16(p->net + 6) & IPV4_RESERVED)
		return PACKET_MALFORMED;
	if (get_be16(p->net + 6) & (IPV4_MORE | IPV4_OFFSET))
		return PACKET_FRAGMENT;
	return parse_transport(p);
}

static enum packet_fault parse_ipv6(struct packet *p, size_t room)
{
	size_t len;

	if (room < IPV6_HEADER || p->net[0] >> 4 != 6)
		return PACKET_MALFORMED;
	len = get_be16(p->net + 4);
	if (len > room - IPV6_HEADER)
		return PACKET_MALFORMED;
	p->len = ETHER_HEADER + IPV6_HEADER + len;
	p->addrs = p->net + 8;
	p->addr_len = 16;
	p->protocol = p->net[6];
	p->payload = p->net + IPV6_HEADER;
	p->payload_len = len;
	if (p->protocol == PROTOCOL_FRAGMENT)
		return len < FRAGMENT_HEADER ? PACKET_MALFORMED :
					       PACKET_FRAGMENT;
	return parse_transport(p);
}

/* Ethernet and IPv4 addresses, a request or a reply: RFC 826. */
static enum packet_fault parse_arp(struct packet *p, size_t room)
{
	static const uint8_t kinds[] = { 0, 1, 8, 0, 6, 4, 0 };

	if (room < ARP_PACKET || memcmp(p->net, kinds, sizeof(kinds)) != 0 ||
	    (p->net[7] != 1 && p->net[7] != 2))
		return PACKET_MALFORMED;
	p->len = ETHER_HEADER + ARP_PACKET;
	return PACKET_OK;
}

enum packet_fault packet_parse(struct packet *packet, uint8_t *frame,
			       size_t len)
{
	if (len < ETHER_HEADER)
		return PACKET_MALFORMED;
	*packet = (struct packet){
		.frame = frame,
		.ethertype = get_be16(frame + 12),
		.net = frame + ETHER_HEADER,
	};
	switch (packet->ethertype) {
	case ETHERTYPE_ARP:
		return parse_arp(packet, len - ETHER_HEADER);
	case ETHERTYPE_IPV4:
		return parse_ipv4(packet, len - ETHER_HEADER);
	case ETHERTYPE_IPV6:
		return parse_ipv6(packet, len - ETHER_HEADER);
	default:
		return PACKET_ETHERTYPE;
	}
}

void packet_put(uint8_t *check, uint8_t *word, uint16_t value)
{
	uint16_t sum, old, new;

	memcpy(&sum, check, sizeof(sum));
	memcpy(&old, word, sizeof(old));
	put_be16(word, value);
	memcpy(&new, word, sizeof(new));
	sum = checksum_update(sum, old, new);
	memcpy(check, &sum, sizeof(sum));
}

/* The sum of the message and of the pseudo-header, which IPv4's ICMP does not
 * have. */
static uint64_t sum_of(const struct packet *p, size_t len)
{
	uint64_t sum = 0;

	if (p->protocol != PROTOCOL_ICMP)
		sum = checksum_pseudo(p->addrs, 2 * p->addr_len, p->protocol,
				      len);
	return checksum_add(sum, p->payload, len);
}

bool packet_is_sound(const struct packet *packet)
{
	const struct packet *p = packet;
	bool v4 = p->addr_len == 4, udp = p->protocol == PROTOCOL_UDP;
	size_t header = (size_t)(p->payload - p->net);
	/* UDP's own length counts: there may be padding after it. */
	size_t len = udp ? get_be16(p->payload + 4) : p->payload_len;

	if (!p->net[v4 ? 8 : 7] || (v4 && checksum(p->net, header)))
		return false;
	if (v4 && udp && !get_be16(p->payload + 6))
		return true;
	return checksum_fold(sum_of(p, len)) == 0xffff;
}

void packet_move(struct packet *packet, uint8_t *frame)
{
	struct packet *p = packet;

	p->net = frame + (p->net - p->frame);
	p->addrs = frame + (p->addrs - p->frame);
	p->payload = frame + (p->payload - p->frame);
	p->frame = frame;
}

const uint8_t *packet_tcp_option(const struct packet *packet, uint8_t kind)
{
	const uint8_t *option = packet->payload + TCP_HEADER;
	const uint8_t *end = packet->payload + packet_tcp_header(packet);

	while (end - option >= 2 && option[0] != TCP_OPTION_END) {
		if (option[0] == TCP_OPTION_NONE) {
			option++;
			continue;
		}
		if (option[1] < 2 || option[1] > end - option)
			return NULL;
		if (option[0] == kind)
			return option;
		option += option[1];
	}
	return NULL;
}

void packet_resize_tcp(struct packet *packet, size_t len)
{
	struct packet *p = packet;
	size_t header = (size_t)(p->payload - p->net);
	uint16_t sum;

	p->len = p->len - p->payload_len + len;
	p->payload_len = len;
	if (p->addr_len == 4) {
		put_be16(p->net + 2, (uint16_t)(header + p->payload_len));
		put_be16(p->net + 10, 0);
		sum = checksum(p->net, header);
		memcpy(p->net + 10, &sum, sizeof(sum));
	} else {
		put_be16(p->net + 4, (uint16_t)p->payload_len);
	}
	put_be16(p->payload + 16, 0);
	sum = (uint16_t)~checksum_fold(
		checksum_add(checksum_pseudo(p->addrs, 2 * p->addr_len,
					     p->protocol, p->payload_len),
			     p->payload, p->payload_len));
	memcpy(p->payload + 16, &sum, sizeof(sum));
}
