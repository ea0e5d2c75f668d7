/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pattern.h - bytes that show where in a stream they belong
 *
 * For the guest and for those who talk to it on the host.
 */
#ifndef GUEST_NET_PATTERN_H
#define GUEST_NET_PATTERN_H

#include <stdint.h>

enum {
	/* A prime, so that no power of two is a period. */
	PATTERN_PERIOD = 65521,
	/* The longest run that pattern_at() gives at any place. */
	PATTERN_RUN = 65536,
};

/* The byte at @i of every stream. */
static inline uint8_t pattern_byte(uint64_t i)
{
	return (uint32_t)(i % PATTERN_PERIOD) * 2654435761U >> 24;
}

/* To be filled once; then pattern_at(@p, i) is PATTERN_RUN bytes from @i. */
struct pattern {
	uint8_t bytes[PATTERN_PERIOD + PATTERN_RUN];
};

static inline void pattern_fill(struct pattern *p)
{
	for (uint32_t i = 0; i < sizeof(p->bytes); i++)
		p->bytes[i] = pattern_byte(i);
}

static inline const uint8_t *pattern_at(const struct pattern *p, uint64_t i)
{
	return p->bytes + i % PATTERN_PERIOD;
}

#endif
