/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/checksum.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/util.h"

uint64_t checksum_add(uint64_t sum, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	uint64_t low = 0, high = 0, word;

	/* Ones' complement sums do not care how wide the words were. */
	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		low += (uint32_t)word;
		high += word >> 32;
	}
	word = 0;
	memcpy(&word, p, len);
	low += (uint32_t)word;
	high += word >> 32;
	return sum + checksum_fold(low) + checksum_fold(high);
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	return (uint16_t)sum;
}

uint16_t checksum(const void *buf, size_t len)
{
	return (uint16_t)~checksum_fold(checksum_add(0, buf, len));
}

uint16_t checksum_update(uint16_t check, uint16_t old, uint16_t new)
{
	uint64_t sum = (uint16_t)~check;

	return (uint16_t)~checksum_fold(sum + (uint16_t)~old + new);
}

uint64_t checksum_pseudo(const void *addrs, size_t addrs_len, uint8_t protocol,
			 size_t len)
{
	uint32_t be_len = htonl((uint32_t)len);
	uint8_t zeros_protocol[2] = { 0, protocol };
	uint64_t sum = checksum_add(0, addrs, addrs_len);

	sum = checksum_add(sum, &be_len, sizeof(be_len));
	return checksum_add(sum, zeros_protocol, sizeof(zeros_protocol));
}

int checksum_complete(uint8_t *frame, size_t len, size_t start, size_t offset)
{
	uint16_t sum;

	if (start > len || offset > len - start || len - start - offset < 2)
		return -EINVAL;
	sum = (uint16_t)~checksum_fold(
		checksum_add(0, frame + start, len - start));
	/* In UDP, 0 would mean that there is none; elsewhere they are alike. */
	if (sum == 0)
		sum = 0xffff;
	memcpy(frame + start + offset, &sum, sizeof(sum));
	return 0;
}
