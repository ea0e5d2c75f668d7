/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/isolate/shared_ring.h"

#include <errno.h>
#include <string.h>

#include "base/fence.h"
#include "base/util.h"

/* The type of a record that fills the end of the buffer.  It is published
 * together with the record after it. */
#define FILLER 0

static uint32_t record_size(size_t len)
{
	return (uint32_t)ALIGN_UP(sizeof(struct shared_head) + len,
				  sizeof(struct shared_head));
}

static uint8_t *at(struct shared_ring *ring, uint32_t position)
{
	return ring->data + (position & (SHARED_RING_SIZE - 1));
}

static uint32_t to_end(uint32_t position)
{
	return SHARED_RING_SIZE - (position & (SHARED_RING_SIZE - 1));
}

/* Acquire: the taker has read what it gives back.  Its position must be between
 * the last one and ours. */
static void look(struct ring_putter *end)
{
	uint32_t taken = __atomic_load_n(&end->ring->taken, __ATOMIC_ACQUIRE);

	if (end->put - taken > end->put - end->taken ||
	    taken % sizeof(struct shared_head))
		end->broken = true;
	else
		end->taken = taken;
}

/* Find a place for a record of @size bytes; false: there is none. */
static bool place(struct ring_putter *end, uint32_t size, uint32_t reserve)
{
	const struct shared_head filler = { .type = FILLER };
	uint32_t room, rest = to_end(end->put);

	look(end);
	room = SHARED_RING_SIZE - (end->put - end->taken);
	end->next = end->put;
	if (end->broken)
		return false;
	if (size <= rest)
		return size + reserve <= room;
	if (rest + size + reserve > room)
		return false;
	memcpy(at(end->ring, end->put), &filler, sizeof(filler));
	end->next += rest;
	return true;
}

uint8_t *shared_ring_put(struct ring_putter *end, size_t len, bool urgent)
{
	struct shared_ring *ring = end->ring;
	uint32_t size = record_size(len);
	uint32_t reserve = urgent ? 0 : SHARED_RING_RESERVE;

	if (!place(end, size, reserve)) {
		__atomic_store_n(&ring->putter_waits, 1, __ATOMIC_RELAXED);
		full_fence();
		if (!place(end, size, reserve))
			return NULL;
		__atomic_store_n(&ring->putter_waits, 0, __ATOMIC_RELAXED);
	}
	return at(ring, end->next) + sizeof(struct shared_head);
}

/* Whether the other side has set its flag.  The flag is cleared, so that the
 * other side is told only once.  Relaxed, as a full fence comes before it. */
static bool take_flag(uint32_t *flag)
{
	return __atomic_load_n(flag, __ATOMIC_RELAXED) &&
	       __atomic_exchange_n(flag, 0, __ATOMIC_RELAXED);
}

bool shared_ring_put_end(struct ring_putter *end, struct shared_head head)
{
	memcpy(at(end->ring, end->next), &head, sizeof(head));
	end->put = end->next + record_size(head.len);
	__atomic_store_n(&end->ring->put, end->put, __ATOMIC_RELEASE);
	full_fence();
	return take_flag(&end->ring->taker_sleeps);
}

bool shared_ring_was_empty(const struct ring_putter *end)
{
	return end->taken == end->put;
}

/* Copy the head of the record at @position, and only the copy is looked at from
 * then on: the fence keeps the compiler from reading it a second time. */
static void copy_head(struct shared_head *head, struct shared_ring *ring,
		      uint32_t position)
{
	memcpy(head, at(ring, position), sizeof(*head));
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

int shared_ring_take(struct ring_taker *end, struct shared_head *head,
		     const uint8_t **data)
{
	uint32_t put = __atomic_load_n(&end->ring->put, __ATOMIC_ACQUIRE);
	uint32_t there = put - end->taken, rest = to_end(end->taken);

	if (!there)
		return 0;
	if (there > SHARED_RING_SIZE || there % sizeof(*head))
		return -EPROTO;
	copy_head(head, end->ring, end->taken);
	if (head->type == FILLER) {
		if (there <= rest)
			return -EPROTO;
		end->taken += rest;
		there -= rest;
		rest = SHARED_RING_SIZE;
		copy_head(head, end->ring, end->taken);
	}
	if (head->type == FILLER || head->len > SHARED_RECORD_MAX ||
	    record_size(head->len) > MIN(there, rest))
		return -EPROTO;
	end->size = record_size(head->len);
	*data = at(end->ring, end->taken) + sizeof(*head);
	return 1;
}

bool shared_ring_take_end(struct ring_taker *end)
{
	struct shared_ring *ring = end->ring;

	end->taken += end->size;
	__atomic_store_n(&ring->taken, end->taken, __ATOMIC_RELEASE);
	/* A putter that found no room saw at least half of the ring in use, so
	 * the ring has yet to become half free. */
	if (__atomic_load_n(&ring->put, __ATOMIC_ACQUIRE) - end->taken >
	    SHARED_RING_SIZE / 2)
		return false;
	full_fence();
	return take_flag(&ring->putter_waits);
}

bool shared_ring_sleep(struct ring_taker *end)
{
	struct shared_ring *ring = end->ring;

	__atomic_store_n(&ring->taker_sleeps, 1, __ATOMIC_RELAXED);
	full_fence();
	if (__atomic_load_n(&ring->put, __ATOMIC_ACQUIRE) == end->taken)
		return true;
	shared_ring_wake(end);
	return false;
}

void shared_ring_wake(struct ring_taker *end)
{
	__atomic_store_n(&end->ring->taker_sleeps, 0, __ATOMIC_RELAXED);
}
