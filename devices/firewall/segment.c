/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/segment.h"

#include <stdbool.h>
#include <string.h>

#include "base/util.h"
#include "devices/firewall/checksum.h"

static void set_checksum(uint8_t *ip, size_t tcp_len)
{
	uint8_t *tcp = ip + IPV6_HEADER;
	uint64_t sum = checksum_pseudo(ip + 8, 32, PROTOCOL_TCP, tcp_len);
	uint16_t check;

	memset(tcp + 16, 0, 2);
	check = (uint16_t)~checksum_fold(checksum_add(sum, tcp, tcp_len));
	memcpy(tcp + 16, &check, sizeof(check));
}

size_t segment_tcp6(const struct packet *packet, size_t mtu, size_t n,
		    uint8_t *out)
{
	size_t tcp_header = packet_tcp_header(packet);
	size_t headers = IPV6_HEADER + tcp_header;
	size_t data = packet->payload_len - tcp_header;
	size_t room = mtu - headers, at = n * room, len;
	uint8_t *ip = out + ETHER_HEADER, *tcp = ip + IPV6_HEADER;

	if (at >= data && n > 0)
		return 0;
	len = MIN(room, data - at);
	memcpy(out, packet->frame, ETHER_HEADER + headers);
	memcpy(ip + headers, packet->net + headers + at, len);
	put_be16(ip + 4, (uint16_t)(tcp_header + len));
	put_be32(tcp + 4, get_be32(tcp + 4) + (uint32_t)at);
	if (at + len < data)
		tcp[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	set_checksum(ip, tcp_header + len);
	return ETHER_HEADER + headers + len;
}

/* RFC 791, 3.2. */
size_t segment_fragment4(const struct packet *packet, size_t mtu, uint16_t id,
			 size_t n, uint8_t *out)
{
	size_t room = ALIGN_DOWN(mtu - IPV4_HEADER, (size_t)8), at = n * room;
	uint8_t *ip = out + ETHER_HEADER;
	uint16_t sum;
	size_t len;

	if (at >= packet->payload_len)
		return 0;
	len = MIN(room, packet->payload_len - at);
	memcpy(out, packet->frame, ETHER_HEADER + IPV4_HEADER);
	put_be16(ip + 2, (uint16_t)(IPV4_HEADER + len));
	put_be16(ip + 4, id);
	put_be16(ip + 6, (uint16_t)(at / 8));
	if (at + len < packet->payload_len)
		put_be16(ip + 6, (uint16_t)(at / 8) | IPV4_MORE);
	put_be16(ip + 10, 0);
	sum = checksum(ip, IPV4_HEADER);
	memcpy(ip + 10, &sum, sizeof(sum));
	memcpy(ip + IPV4_HEADER, packet->payload + at, len);
	return ETHER_HEADER + IPV4_HEADER + len;
}

/* RFC 8200, 4.5. */
size_t segment_fragment6(const struct packet *packet, size_t mtu, uint32_t id,
			 size_t n, uint8_t *out)
{
	size_t headers = IPV6_HEADER + FRAGMENT_HEADER;
	size_t room = ALIGN_DOWN(mtu - headers, (size_t)8), at = n * room, len;
	uint8_t *ip = out + ETHER_HEADER, *fragment = ip + IPV6_HEADER;
	bool more;

	if (at >= packet->payload_len)
		return 0;
	len = MIN(room, packet->payload_len - at);
	more = at + len < packet->payload_len;
	memcpy(out, packet->frame, ETHER_HEADER + IPV6_HEADER);
	put_be16(ip + 4, (uint16_t)(FRAGMENT_HEADER + len));
	ip[6] = PROTOCOL_FRAGMENT;
	fragment[0] = packet->protocol;
	fragment[1] = 0;
	put_be16(fragment + 2, (uint16_t)(at | more));
	put_be32(fragment + 4, id);
	memcpy(fragment + FRAGMENT_HEADER, packet->payload + at, len);
	return ETHER_HEADER + headers + len;
}
