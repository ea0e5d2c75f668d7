/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/nat/ip_frame.h"

#include <string.h>

#include "base/util.h"
#include "devices/firewall/checksum.h"

static void put_ipv4(uint8_t *ip, const struct net_end *from,
		     const struct net_end *to, uint8_t protocol, size_t len)
{
	uint16_t sum;

	memset(ip, 0, IPV4_HEADER);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(IPV4_HEADER + len));
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, from->addr, 4);
	memcpy(ip + 16, to->addr, 4);
	sum = checksum(ip, IPV4_HEADER);
	memcpy(ip + 10, &sum, sizeof(sum));
}

static void put_ipv6(uint8_t *ip, const struct net_end *from,
		     const struct net_end *to, uint8_t protocol, size_t len)
{
	memset(ip, 0, IPV6_HEADER);
	ip[0] = 0x60;
	put_be16(ip + 4, (uint16_t)len);
	ip[6] = protocol;
	ip[7] = 64;
	memcpy(ip + 8, from->addr, 16);
	memcpy(ip + 24, to->addr, 16);
}

size_t ip_frame_write(uint8_t *frame, const uint8_t *from_mac,
		      const uint8_t *to_mac, const struct net_end *from,
		      const struct net_end *to, uint8_t protocol, size_t len)
{
	bool v4 = from->len == 4;

	memcpy(frame, to_mac, 6);
	memcpy(frame + 6, from_mac, 6);
	put_be16(frame + 12, v4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	if (v4)
		put_ipv4(frame + ETHER_HEADER, from, to, protocol, len);
	else
		put_ipv6(frame + ETHER_HEADER, from, to, protocol, len);
	return ip_frame_headers(from->len) + len;
}

/* The checksum of @len bytes after the two addresses that end the IP header. */
static uint16_t sum_behind(const uint8_t *payload, size_t addr_len,
			   uint8_t protocol, size_t len)
{
	uint64_t sum = checksum_pseudo(payload - 2 * addr_len, 2 * addr_len,
				       protocol, len);

	return (uint16_t)~checksum_fold(checksum_add(sum, payload, len));
}

size_t udp_frame_write(uint8_t *frame, const uint8_t *from_mac,
		       const uint8_t *to_mac, const struct net_end *from,
		       const struct net_end *to, size_t len)
{
	uint8_t *udp = frame + ip_frame_headers(from->len);
	size_t total = UDP_HEADER + len;
	uint16_t sum;

	ip_frame_write(frame, from_mac, to_mac, from, to, PROTOCOL_UDP, total);
	put_be16(udp, from->port);
	put_be16(udp + 2, to->port);
	put_be16(udp + 4, (uint16_t)total);
	put_be16(udp + 6, 0);
	sum = sum_behind(udp, from->len, PROTOCOL_UDP, total);
	/* In UDP, zero would mean that there is no checksum. */
	if (!sum)
		sum = 0xffff;
	memcpy(udp + 6, &sum, sizeof(sum));
	return udp_frame_headers(from->len) + len;
}

void icmp_frame_sum(uint8_t *frame, size_t addr_len, size_t len)
{
	uint8_t *icmp = frame + ip_frame_headers(addr_len);
	uint16_t sum;

	put_be16(icmp + 2, 0);
	sum = addr_len == 4 ? checksum(icmp, len) :
			      sum_behind(icmp, 16, PROTOCOL_ICMPV6, len);
	memcpy(icmp + 2, &sum, sizeof(sum));
}

/* RFC 792, 1812 (5.2.7.1) and 4443 (3). */
struct icmp_error icmp_error_for(enum icmp_cause cause, size_t addr_len)
{
	static const struct icmp_error v4[] = {
		[ICMP_NO_ROUTE] = { .type = 3, .code = 0 },
		[ICMP_NO_HOST] = { .type = 3, .code = 1 },
		[ICMP_NO_PORT] = { .type = 3, .code = 3 },
		[ICMP_PROHIBITED] = { .type = 3, .code = 13 },
		[ICMP_TOO_FAR] = { .type = 11, .code = 0 },
	};
	static const struct icmp_error v6[] = {
		[ICMP_NO_ROUTE] = { .type = 1, .code = 0 },
		[ICMP_NO_HOST] = { .type = 1, .code = 3 },
		[ICMP_NO_PORT] = { .type = 1, .code = 4 },
		[ICMP_PROHIBITED] = { .type = 1, .code = 1 },
		[ICMP_TOO_FAR] = { .type = 3, .code = 0 },
	};

	return addr_len == 4 ? v4[cause] : v6[cause];
}

size_t icmp_error_write(uint8_t out[ICMP_ERROR_MAX],
			const struct packet *packet,
			const struct icmp_error *error, const void *from)
{
	size_t addr_len = packet->addr_len,
	       headers = ip_frame_headers(addr_len);
	size_t most = addr_len == 4 ? ICMP_ERROR_MAX4 : ICMP_ERROR_MAX6;
	size_t room = most - (headers - ETHER_HEADER) - ICMP_HEADER;
	size_t quoted = MIN(packet->len - ETHER_HEADER, room);
	const uint8_t *whom = packet->addrs + addr_len;
	struct net_end sender = net_end_of(from ? from : whom, addr_len, 0);
	struct net_end guest = net_end_of(packet->addrs, addr_len, 0);
	uint8_t *icmp = out + headers;

	icmp[0] = error->type;
	icmp[1] = error->code;
	put_be32(icmp + 4, error->info);
	memcpy(icmp + ICMP_HEADER, packet->net, quoted);
	ip_frame_write(out, packet->frame, packet->frame + 6, &sender, &guest,
		       addr_len == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6,
		       ICMP_HEADER + quoted);
	icmp_frame_sum(out, addr_len, ICMP_HEADER + quoted);
	return headers + ICMP_HEADER + quoted;
}
