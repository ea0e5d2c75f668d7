/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/net/wire.h"

static uint64_t add(uint64_t sum, uint64_t v)
{
	sum += v;
	return sum + (sum < v);
}

uint64_t checksum_add(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t v = 0;

	for (; len >= 8; len -= 8, p += 8) {
		__builtin_memcpy(&v, p, 8);
		sum = add(sum, v);
	}
	for (v = 0; len; len--)
		v = v << 8 | p[len - 1];
	return add(sum, v);
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

uint64_t checksum_pseudo(uint32_t from, uint32_t to, uint8_t protocol,
			 size_t len)
{
	uint64_t sum = (uint64_t)from + to;

	return sum + be16(protocol) + be16(len);
}
