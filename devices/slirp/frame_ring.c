/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/frame_ring.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fence.h"
#include "base/util.h"
#include "devices/firewall/packet.h"

/* A record: its size with padding, the head, and then the frame.  A record
 * without a frame fills the end of the buffer. */
struct record {
	uint32_t size;
	bool filler;
	struct frame_head head;
};

static struct record *record_at(struct frame_ring *ring, uint32_t index)
{
	return (struct record *)(void *)(ring->buf +
					 (index & (ring->size - 1)));
}

static uint32_t record_size(size_t len)
{
	size_t room = sizeof(struct record) + MAX(len, (size_t)ETHER_MIN);

	return (uint32_t)ALIGN_UP(room, sizeof(struct record));
}

int frame_ring_init(struct frame_ring *ring, uint32_t size)
{
	assert((size & (size - 1)) == 0 && size >= 4 * record_size(ETHER_MAX));
	*ring = (struct frame_ring){ .buf = malloc(size), .size = size };
	return ring->buf ? 0 : -ENOMEM;
}

void frame_ring_free(struct frame_ring *ring)
{
	free(ring->buf);
	ring->buf = NULL;
}

void frame_ring_reset(struct frame_ring *ring)
{
	uint8_t *buf = ring->buf;

	*ring = (struct frame_ring){ .buf = buf, .size = ring->size };
}

/* Find a place for a record of @size bytes; false: there is none. */
static bool place(struct frame_ring *ring, uint32_t size, uint32_t taken)
{
	uint32_t room = ring->size - (ring->put - taken);
	uint32_t to_end = ring->size - (ring->put & (ring->size - 1));

	ring->next = ring->put;
	if (size <= to_end)
		return size <= room;
	if (to_end + size > room)
		return false;
	*record_at(ring, ring->put) =
		(struct record){ .size = to_end, .filler = true };
	ring->next += to_end;
	return true;
}

uint8_t *frame_ring_put(struct frame_ring *ring, size_t len)
{
	uint32_t size = record_size(len);

	if (!place(ring, size,
		   __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE))) {
		__atomic_store_n(&ring->putter_waits, true, __ATOMIC_RELAXED);
		full_fence();
		if (!place(ring, size,
			   __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE)))
			return NULL;
		__atomic_store_n(&ring->putter_waits, false, __ATOMIC_RELAXED);
	}
	record_at(ring, ring->next)->size = size;
	return (uint8_t *)(record_at(ring, ring->next) + 1);
}

/* Whether the other side has set its flag.  The flag is cleared, so that the
 * other side is told only once.  Relaxed, as a full fence comes before it. */
static bool take_flag(bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_RELAXED) &&
	       __atomic_exchange_n(flag, false, __ATOMIC_RELAXED);
}

bool frame_ring_put_end(struct frame_ring *ring, struct frame_head head)
{
	struct record *record = record_at(ring, ring->next);

	record->filler = false;
	record->head = head;
	__atomic_store_n(&ring->put, ring->next + record->size,
			 __ATOMIC_RELEASE);
	full_fence();
	return take_flag(&ring->taker_sleeps);
}

uint8_t *frame_ring_take(struct frame_ring *ring, struct frame_head *head)
{
	struct record *record;

	if (__atomic_load_n(&ring->put, __ATOMIC_ACQUIRE) == ring->taken)
		return NULL;
	record = record_at(ring, ring->taken);
	if (record->filler) {
		/* It is published together with the record after it. */
		__atomic_store_n(&ring->taken, ring->taken + record->size,
				 __ATOMIC_RELEASE);
		record = record_at(ring, ring->taken);
	}
	*head = record->head;
	return (uint8_t *)(record + 1);
}

bool frame_ring_take_end(struct frame_ring *ring)
{
	struct record *record = record_at(ring, ring->taken);

	__atomic_store_n(&ring->taken, ring->taken + record->size,
			 __ATOMIC_RELEASE);
	/* A putter that found no room saw more than half of the ring in use, so
	 * the ring has yet to become half free. */
	if (__atomic_load_n(&ring->put, __ATOMIC_ACQUIRE) - ring->taken >
	    ring->size / 2)
		return false;
	full_fence();
	return take_flag(&ring->putter_waits);
}

bool frame_ring_sleep(struct frame_ring *ring)
{
	__atomic_store_n(&ring->taker_sleeps, true, __ATOMIC_RELAXED);
	full_fence();
	if (__atomic_load_n(&ring->put, __ATOMIC_ACQUIRE) == ring->taken)
		return true;
	frame_ring_wake(ring);
	return false;
}

void frame_ring_wake(struct frame_ring *ring)
{
	__atomic_store_n(&ring->taker_sleeps, false, __ATOMIC_RELAXED);
}
