/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packed.c - what only a packed ring lets a driver do
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"

enum { LEN = 64, PATIENCE_MS = 10000 };

static bool wait_used(struct victim *v)
{
	uint64_t end = clock_after(PATIENCE_MS);

	while (!v->q->ops->ready(v->q)) {
		if (clock_tsc() > end)
			return false;
		virtio_ack(&v->dev);
		clock_nap();
	}
	return true;
}

/* An event structure that means nothing means always. */
static bool event_is(struct victim *v, uint64_t arg)
{
	struct virtq_seg seg = { hostile_page, LEN };
	unsigned seen = irq_count[v->q->vector];
	struct virtq_done done;

	*(volatile uint32_t *)v->q->driver = arg;
	virtq_add(v->q, &seg, 0, 1, 0);
	virtq_notify(v->q);
	if (!irq_wait(v->q->vector, seen, PATIENCE_MS))
		return false;
	virtio_ack(&v->dev);
	return wait_used(v) && virtq_used(v->q, &done);
}

static bool part_of_chain(struct victim *v, uint64_t arg)
{
	raw_desc(v->q, 0, (uint64_t)hostile_page, LEN, DESC_WRITE | DESC_NEXT,
		 0);
	raw_offer(v, 0, arg);
	return true;
}

/* It is the driver's to choose, and comes back as it was. */
static bool id_is(struct victim *v, uint64_t arg)
{
	struct virtq_desc *d = virtq_desc(v->q, 0);

	d->addr = (uint64_t)hostile_page;
	d->len = LEN;
	d->packed.id = arg;
	__atomic_store_n(&d->packed.flags, DESC_WRITE | DESC_AVAIL,
			 __ATOMIC_RELEASE);
	virtq_notify(v->q);
	return wait_used(v) && d->packed.id == arg;
}

static bool id_twice(struct victim *v, uint64_t arg)
{
	struct virtq_desc *d = virtq_desc(v->q, 1);

	raw_desc(v->q, 1, (uint64_t)hostile_page, LEN, DESC_WRITE, 0);
	d->packed.id = arg;
	return id_is(v, arg);
}

/* The device is past that slot on this lap, whatever is written there. */
static bool flags_again(struct victim *v, uint64_t arg)
{
	struct virtq_desc *d = virtq_desc(v->q, 0);

	if (!victim_works(v))
		return false;
	while (arg--) {
		__atomic_store_n(&d->packed.flags, DESC_WRITE | DESC_AVAIL,
				 __ATOMIC_RELEASE);
		virtq_notify(v->q);
	}
	return true;
}

static const struct input packed[] = {
	{ "47 event flags 3", event_is, 3 << 16, WORKS, PACKED, 0 },
	{ "47 DESC without EVENT_IDX", event_is, 2 << 16 | 99, WORKS, PACKED,
	  0 },
	{ "47 an event off the ring", event_is, 2 << 16 | 0x7fff, WORKS, PACKED,
	  BIT64(VIRTIO_F_EVENT_IDX) },
	{ "48 part of a chain", part_of_chain, 1, BREAKS, PACKED, 0 },
	{ "49 id 65535", id_is, 65535, USES, PACKED, 0 },
	{ "49 an id twice", id_twice, 7, USES, PACKED, 0 },
	{ "50 a used slot available again", flags_again, 100, WORKS, PACKED,
	  0 },
};

const struct inputs hostile_packed = INPUTS(packed);
