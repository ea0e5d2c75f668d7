/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/arp.h"
#include "guest-tests/lib/string.h"

enum { REPLY = 2 };

const struct arp arp_question = {
	.to = { 255, 255, 255, 255, 255, 255 },
	.from = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
	.type = { 8, 6 },
	.hardware = { 0, 1 },
	.protocol = { 8, 0 },
	.sizes = { 6, 4 },
	.operation = { 0, 1 },
	.sender = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
	.sender_ip = { 10, 0, 2, 15 },
	.target_ip = { 10, 0, 2, 2 },
};

bool arp_is_answer(const void *frame, uint32_t len)
{
	const struct arp *arp = frame;

	return len >= sizeof(*arp) &&
	       !memcmp(arp->type, arp_question.type, sizeof(arp->type)) &&
	       arp->operation[1] == REPLY &&
	       !memcmp(arp->sender_ip, arp_question.target_ip,
		       sizeof(arp->sender_ip));
}
