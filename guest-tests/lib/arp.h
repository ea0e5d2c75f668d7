/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arp.h - the shortest conversation: who has 10.0.2.2, the gateway? (RFC 826)
 */
#ifndef GUEST_LIB_ARP_H
#define GUEST_LIB_ARP_H

#include <stdbool.h>
#include <stdint.h>

/* A frame, Ethernet's header included. */
struct arp {
	uint8_t to[6], from[6], type[2];
	uint8_t hardware[2], protocol[2], sizes[2], operation[2];
	uint8_t sender[6], sender_ip[4], target[6], target_ip[4];
};

extern const struct arp arp_question;

/* Whether @frame of @len bytes is its answer. */
bool arp_is_answer(const void *frame, uint32_t len);

#endif
