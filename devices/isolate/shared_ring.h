/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shared_ring.h - a ring of records in memory that two processes share
 *
 * One process puts records, the other takes them, in order.  Neither trusts the
 * other: each keeps its own position in memory of its own, reads the other's
 * once, and checks it.  A record's head is copied before it is checked.  Its
 * data can change at any time, so the taker may copy them but not rely on them.
 *
 * Threads: one at a time for each end.
 */
#ifndef DEVICES_ISOLATE_SHARED_RING_H
#define DEVICES_ISOLATE_SHARED_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* In bytes: a power of two, and several of the largest records. */
	SHARED_RING_SIZE = 1 << 19,
	/* The largest record's data: ETHER_MAX. */
	SHARED_RECORD_MAX = 14 + 65535,
	/* Room that only records with @urgent may use. */
	SHARED_RING_RESERVE = 1 << 16,
};

struct shared_head {
	/* What it is; the users of the ring choose, but for 0. */
	uint32_t type;
	/* In bytes. */
	uint32_t len;
	/* What the type says. */
	uint32_t arg;
	uint32_t epoch;
};

/*
 * What is shared.  Positions are free-running.  The putter's is published by
 * shared_ring_put_end(), release, for shared_ring_take(), acquire; the taker's
 * likewise by shared_ring_take_end() for shared_ring_put().
 *
 * Each side sets its flag, and then looks again at the other side's position.
 * The other side moves its position, and then looks at the flag.  Both have a
 * full fence in between, so at least one of them sees what the other has
 * written (tests/models/ring.pml, doorbell.pml).
 */
struct shared_ring {
	uint32_t put __attribute__((aligned(64)));
	/* The putter's flag; not a bool, as the other process may write any
	 * value. */
	uint32_t putter_waits;
	uint32_t taken __attribute__((aligned(64)));
	/* The taker's flag. */
	uint32_t taker_sleeps;
	uint8_t data[SHARED_RING_SIZE] __attribute__((aligned(64)));
};

/* One process's end of it. */
struct ring_putter {
	struct shared_ring *ring;
	/* Where the next record begins, and where the one that is being put
	 * does. */
	uint32_t put, next;
	/* The taker's position, as it was last seen. */
	uint32_t taken;
	/* That was nonsense: the other process can't be trusted any more. */
	bool broken;
};

struct ring_taker {
	struct shared_ring *ring;
	uint32_t taken;
	/* The size of the record that was taken, with its head. */
	uint32_t size;
};

/*
 * Room for @len bytes, at most SHARED_RECORD_MAX, which stay the putter's until
 * shared_ring_put_end().  NULL: there is no room now, and the taker will say
 * when it has made some; or the ring is broken.
 */
uint8_t *shared_ring_put(struct ring_putter *end, size_t len, bool urgent);
/* The record is complete; @head.len may be less than was asked for.  True: the
 * taker sleeps, and the caller has to wake it. */
bool shared_ring_put_end(struct ring_putter *end, struct shared_head head);
/* Whether the taker has taken everything, when shared_ring_put() last
 * looked. */
bool shared_ring_was_empty(const struct ring_putter *end);

/* The oldest record.  Returns 1, with its head and where its data are; 0: there
 * is none; -EPROTO: the other process wrote nonsense. */
int shared_ring_take(struct ring_taker *end, struct shared_head *head,
		     const uint8_t **data);
/* The taker is done with that record.  True: the putter waits for room, and the
 * caller has to tell it. */
bool shared_ring_take_end(struct ring_taker *end);
/* The taker is about to sleep.  False: it must not, there are records. */
bool shared_ring_sleep(struct ring_taker *end);
/* The taker is awake again. */
void shared_ring_wake(struct ring_taker *end);

#endif
