/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/virtq.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/lib/virtio.h"

enum {
	/* An interrupt that takes longer will not come; busy hosts need
	 * hundreds of milliseconds. */
	LOST_MS = 10000,
};

/* Where legacy drivers have to put them; modern ones may. */
static void lay_out(struct virtq *q)
{
	uint64_t avail_end;

	q->desc = (uint64_t)q->ring;
	q->driver = q->desc + sizeof(struct virtq_desc) * q->size;
	avail_end = q->driver + 2 * (3 + (uint64_t)q->size);
	q->device = (avail_end + VIRTQ_ALIGN - 1) & -(uint64_t)VIRTQ_ALIGN;
}

void virtq_init(struct virtq *q, uint16_t size, bool packed)
{
	unsigned i;

	q->ops = packed ? &virtq_packed : &virtq_split;
	q->packed = packed;
	q->size = size;
	q->modulus = packed ? 2 * size : 1 << 16;
	q->next = q->kicked = q->used = q->free = 0;
	q->n_free = size;
	for (i = 0; i < size; i++)
		q->link[i] = i + 1;
	memset(q->slots, 0, sizeof(q->slots));
	memset(q->ring, 0, sizeof(q->ring));
	lay_out(q);
}

bool virtq_add(struct virtq *q, const struct virtq_seg *seg, unsigned n_out,
	       unsigned n_in, uint64_t token)
{
	unsigned n = n_out + n_in;
	uint16_t slots = q->indirect ? 1 : n, id = q->free;

	if (q->n_free < slots)
		return false;
	q->slots[id] = slots;
	q->token[id] = token;
	q->n_free -= slots;
	q->ops->put(q, id, seg, n_out, n);
	q->next = virtq_after(q, q->next, q->packed ? slots : 1);
	return true;
}

void virtq_notify(struct virtq *q)
{
	q->kicks++;
	virtio_notify(q);
}

void virtq_kick(struct virtq *q)
{
	uint16_t old = q->kicked, n = virtq_distance(q, old, q->next);

	if (!n)
		return;
	q->kicked = q->next;
	/* Between showing a buffer and reading the device's wish; it has its
	 * own between stating that and looking for buffers. */
	virtq_fence();
	if (q->ops->wanted(q, old, n))
		virtq_notify(q);
	else
		q->quiet++;
}

/* The descriptors, or the id, are free again. */
static void give_free(struct virtq *q, uint16_t id)
{
	unsigned i, n = q->packed ? 1 : q->slots[id];
	uint16_t last = id;

	for (i = 1; i < n; i++)
		last = q->link[last];
	q->link[last] = q->free;
	q->free = id;
	q->n_free += q->slots[id];
	q->slots[id] = 0;
}

bool virtq_used(struct virtq *q, struct virtq_done *done)
{
	uint32_t id;

	if (!q->ops->ready(q))
		return false;
	id = q->ops->take(q, &done->len);
	if (id >= q->size || !q->slots[id]) {
		q->wrong++;
		return false;
	}
	done->token = q->token[id];
	q->used = virtq_after(q, q->used, q->packed ? q->slots[id] : 1);
	give_free(q, id);
	return true;
}

bool virtq_arm(struct virtq *q)
{
	q->ops->wish(q, true);
	/* Between stating the wish and looking; the device has its own
	 * between showing used buffers and reading the wish. */
	virtq_fence();
	return q->ops->ready(q);
}

void virtq_mute(struct virtq *q)
{
	q->ops->wish(q, false);
}

bool virtq_wait(struct virtq *q, unsigned timeout_ms)
{
	uint64_t end = clock_after(timeout_ms);
	unsigned seen = irq_count[q->vector];
	bool slept = false;

	for (;;) {
		unsigned any = irq_any;

		virtio_ack(q->dev);
		if (virtq_arm(q))
			break;
		if (clock_tsc() > end)
			return false;
		irq_sleep(any);
		slept = true;
	}
	/* It was asked for, and the ring was empty then. */
	if (slept && !irq_wait(q->vector, seen, LOST_MS))
		q->lost++;
	virtio_ack(q->dev);
	return true;
}
