/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/reject.h"

#include <string.h>

#include "devices/net/checksum.h"

/* An IP header back to where @p came from, for @len bytes; what follows it. */
static uint8_t *answer_ip(const struct packet *p, uint8_t *ip, uint16_t len)
{
	bool v4 = p->addr_len == 4;
	uint8_t *addrs = ip + (v4 ? 12 : 8);
	uint16_t sum;

	memset(ip, 0, v4 ? IPV4_HEADER : IPV6_HEADER);
	memcpy(addrs, p->addrs + p->addr_len, p->addr_len);
	memcpy(addrs + p->addr_len, p->addrs, p->addr_len);
	if (!v4) {
		ip[0] = 0x60;
		put_be16(ip + 4, len);
		ip[6] = PROTOCOL_TCP;
		ip[7] = 64;
		return ip + IPV6_HEADER;
	}
	ip[0] = 0x45;
	put_be16(ip + 2, IPV4_HEADER + len);
	ip[8] = 64;
	ip[9] = PROTOCOL_TCP;
	sum = checksum(ip, IPV4_HEADER);
	memcpy(ip + 10, &sum, sizeof(sum));
	return ip + IPV4_HEADER;
}

size_t reject_tcp(const struct packet *packet, uint8_t out[REJECT_MAX])
{
	const uint8_t *from = packet->payload;
	size_t data = packet->payload_len - packet_tcp_header(packet);
	uint8_t *tcp;
	uint64_t sum;
	uint16_t check;

	memcpy(out, packet->frame + 6, 6);
	memcpy(out + 6, packet->frame, 6);
	put_be16(out + 12, packet->ethertype);
	tcp = answer_ip(packet, out + ETHER_HEADER, TCP_HEADER);
	memset(tcp, 0, TCP_HEADER);
	memcpy(tcp, from + 2, 2);
	memcpy(tcp + 2, from, 2);
	tcp[12] = TCP_HEADER / 4 << 4;
	if (from[13] & TCP_ACK) {
		memcpy(tcp + 4, from + 8, 4);
		tcp[13] = TCP_RST;
	} else {
		put_be32(tcp + 8, get_be32(from + 4) + 1 + (uint32_t)data);
		tcp[13] = TCP_RST | TCP_ACK;
	}
	sum = checksum_pseudo(packet->addrs, 2 * packet->addr_len, PROTOCOL_TCP,
			      TCP_HEADER);
	check = (uint16_t)~checksum_fold(checksum_add(sum, tcp, TCP_HEADER));
	memcpy(tcp + 16, &check, sizeof(check));
	return (size_t)(tcp - out) + TCP_HEADER;
}
