/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtq_split.c - split rings (VIRTIO 1.2, section 2.7)
 */
#include "guest-tests/lib/virtq.h"

static struct virtq_avail *avail_of(const struct virtq *q)
{
	return (struct virtq_avail *)q->driver;
}

static struct virtq_used *used_of(const struct virtq *q)
{
	return (struct virtq_used *)q->device;
}

static void fill(struct virtq_desc *d, const struct virtq_seg *seg,
		 uint16_t flags, uint16_t next)
{
	d->addr = (uint64_t)seg->addr;
	d->len = seg->len;
	d->split.flags = flags;
	d->split.next = next;
}

static uint16_t flags_of(unsigned i, unsigned n_out, unsigned n)
{
	return (i >= n_out ? DESC_WRITE : 0) | (i + 1 < n ? DESC_NEXT : 0);
}

static void put_table(struct virtq *q, uint16_t id, const struct virtq_seg *seg,
		      unsigned n_out, unsigned n)
{
	struct virtq_seg table = { q->table[id], n * sizeof(q->table[id][0]) };
	unsigned i;

	for (i = 0; i < n; i++)
		fill(&q->table[id][i], &seg[i], flags_of(i, n_out, n), i + 1);
	fill(virtq_desc(q, id), &table, DESC_INDIRECT, 0);
	q->free = q->link[id];
}

static void put_chain(struct virtq *q, uint16_t id, const struct virtq_seg *seg,
		      unsigned n_out, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		fill(virtq_desc(q, id), &seg[i], flags_of(i, n_out, n),
		     q->link[id]);
		id = q->link[id];
	}
	q->free = id;
}

static void split_put(struct virtq *q, uint16_t id, const struct virtq_seg *seg,
		      unsigned n_out, unsigned n)
{
	struct virtq_avail *avail = avail_of(q);

	if (q->indirect)
		put_table(q, id, seg, n_out, n);
	else
		put_chain(q, id, seg, n_out, n);
	avail->ring[q->next & (q->size - 1)] = id;
	/* Release: the device's acquire finds all of the above. */
	__atomic_store_n(&avail->idx, q->next + 1, __ATOMIC_RELEASE);
}

static bool split_ready(const struct virtq *q)
{
	return __atomic_load_n(&used_of(q)->idx, __ATOMIC_ACQUIRE) != q->used;
}

static uint32_t split_take(const struct virtq *q, uint32_t *len)
{
	const struct virtq_used *used = used_of(q);
	unsigned i = q->used & (q->size - 1);

	*len = used->ring[i].len;
	return used->ring[i].id;
}

/* With EVENT_IDX there is no "never"; far off is as good. */
static void split_wish(struct virtq *q, bool interrupt)
{
	struct virtq_avail *avail = avail_of(q);

	if (q->event_idx)
		__atomic_store_n(&avail->ring[q->size],
				 interrupt ? q->used : q->used - 1,
				 __ATOMIC_RELAXED);
	else
		__atomic_store_n(&avail->flags,
				 interrupt ? 0 : SPLIT_NO_INTERRUPT,
				 __ATOMIC_RELAXED);
}

static bool split_wanted(const struct virtq *q, uint16_t old, uint16_t n)
{
	struct virtq_used *used = used_of(q);
	uint16_t event = __atomic_load_n((uint16_t *)&used->ring[q->size],
					 __ATOMIC_RELAXED);

	if (q->event_idx)
		return virtq_distance(q, old, event) < n;
	return !(__atomic_load_n(&used->flags, __ATOMIC_RELAXED) &
		 SPLIT_NO_NOTIFY);
}

const struct virtq_ops virtq_split = {
	.put = split_put,
	.ready = split_ready,
	.take = split_take,
	.wish = split_wish,
	.wanted = split_wanted,
};
