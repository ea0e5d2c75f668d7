/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/burnin.h"

/* How far @n is below the target, modulo 65,536. */
static uint64_t below(uint64_t n)
{
	uint64_t index = n & 0xffff;

	return index < BURNIN_TARGET ? BURNIN_TARGET - index : 0;
}

static void begin(struct burnin *b, uint64_t tx, uint64_t now_ns)
{
	b->begun = true;
	b->tx_begun = b->tx_seen = tx;
	b->moved_ns = now_ns;
}

static uint64_t unanswered(const struct burnin *b)
{
	uint64_t answers = b->tx_seen - b->tx_begun;

	return b->questions > answers ? b->questions - answers : 0;
}

enum burnin_send burnin_next(struct burnin *b, uint64_t rx, uint64_t tx,
			     uint64_t now_ns)
{
	if (!b->on || b->done)
		return BURNIN_NOTHING;
	if (!b->begun)
		begin(b, tx, now_ns);
	if (tx != b->tx_seen) {
		b->tx_seen = tx;
		b->moved_ns = now_ns;
	}
	if (!below(tx) || now_ns - b->moved_ns >= BURNIN_PATIENCE_NS)
		b->sent_enough = true;
	if (!b->sent_enough) {
		if (unanswered(b) >= MIN(below(tx), (uint64_t)BURNIN_WINDOW))
			return BURNIN_NOTHING;
		b->questions++;
		return BURNIN_QUESTION;
	}
	if (below(rx))
		return BURNIN_FILLER;
	b->done = true;
	return BURNIN_NOTHING;
}

bool burnin_call(struct burnin *b, uint64_t now_ns)
{
	if (now_ns < b->call_ns)
		return false;
	b->call_ns = now_ns + BURNIN_CALL_NS;
	return true;
}

uint64_t burnin_deadline(const struct burnin *b)
{
	if (!b->on || b->done || b->sent_enough)
		return UINT64_MAX;
	return b->begun ? b->moved_ns + BURNIN_PATIENCE_NS : b->call_ns;
}
