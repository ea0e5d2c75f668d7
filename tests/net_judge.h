/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_judge.h - a firewall, and the frames a guest on its network sends
 */
#ifndef TESTS_NET_JUDGE_H
#define TESTS_NET_JUDGE_H

#include <string.h>

#include "devices/firewall/firewall.h"
#include "tests/net_guest.h"

enum { PORT = 1234 };

/* All of the test's; set up by judge_setup(). */
extern struct guest g;
extern struct firewall s;
extern struct packet p;
extern uint8_t frame[ETHER_MAX + 100];
/* What libslirp says of connections, and how often it was asked. */
extern bool established;
extern unsigned times_asked;
/* The length of the addresses of the segments below. */
extern size_t judge_addr_len;

extern const uint8_t gateway[4], away[4], away6[16], gateway6[16];

void judge_setup(void);

/* Whether the @len bytes of @frame pass; the result is in @p. */
bool judge_with(size_t len, uint64_t now_ns);
bool judge(size_t len);

/* A frame of @len bytes of payload, zeros but for what makes it right. */
size_t judge_build(const uint8_t *to, size_t addr_len, uint8_t protocol,
		   size_t len);

/* Whether a segment passes with @len bytes of data, from the guest's @port to
 * PORT. */
bool judge_segment(uint16_t port, uint8_t flags, uint32_t seq, size_t len);

/* libslirp answers from PORT: with that window, or with the largest. */
void judge_tell(uint16_t port, uint8_t flags, uint32_t ack, uint16_t window);
void judge_acknowledge(uint16_t port, uint8_t flags, uint32_t ack);

#endif
