/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtq_packed.c - packed rings (VIRTIO 1.2, section 2.8)
 */
#include "guest-tests/lib/virtq.h"

enum {
	/* In every descriptor of a chain but the last, whose id counts. */
	POISON = 0xdead,
	OWNER = DESC_AVAIL | DESC_USED,
};

static bool wrap_counter(const struct virtq *q, uint16_t pos)
{
	return pos < q->size;
}

static uint16_t slot(const struct virtq *q, uint16_t pos)
{
	return pos < q->size ? pos : pos - q->size;
}

static struct virtq_desc *desc_at(const struct virtq *q, uint16_t pos)
{
	return virtq_desc(q, slot(q, pos));
}

static uint16_t avail_flags(const struct virtq *q, uint16_t pos)
{
	return wrap_counter(q, pos) ? DESC_AVAIL : DESC_USED;
}

static void fill(struct virtq_desc *d, uint64_t addr, uint32_t len, uint16_t id)
{
	d->addr = addr;
	d->len = len;
	d->packed.id = id;
}

/* Release: whoever sees the flags sees the rest. */
static void publish(struct virtq_desc *d, uint16_t flags)
{
	__atomic_store_n(&d->packed.flags, flags, __ATOMIC_RELEASE);
}

static void put_table(struct virtq *q, uint16_t id, const struct virtq_seg *seg,
		      unsigned n_out, unsigned n)
{
	struct virtq_desc *table = q->table[id], *d = desc_at(q, q->next);
	unsigned i;

	for (i = 0; i < n; i++) {
		fill(&table[i], (uint64_t)seg[i].addr, seg[i].len, POISON);
		table[i].packed.flags = i >= n_out ? DESC_WRITE : 0;
	}
	fill(d, (uint64_t)table, n * sizeof(*table), id);
	publish(d, avail_flags(q, q->next) | DESC_INDIRECT);
}

/* The head goes last; by then the device may look at all of them. */
static void put_chain(struct virtq *q, uint16_t id, const struct virtq_seg *seg,
		      unsigned n_out, unsigned n)
{
	unsigned i = n;

	while (i--) {
		uint16_t pos = virtq_after(q, q->next, i);
		uint16_t flags = avail_flags(q, pos);

		if (i >= n_out)
			flags |= DESC_WRITE;
		if (i + 1 < n)
			flags |= DESC_NEXT;
		fill(desc_at(q, pos), (uint64_t)seg[i].addr, seg[i].len,
		     i + 1 < n ? POISON : id);
		publish(desc_at(q, pos), flags);
	}
}

static void packed_put(struct virtq *q, uint16_t id,
		       const struct virtq_seg *seg, unsigned n_out, unsigned n)
{
	q->free = q->link[id];
	if (q->indirect)
		put_table(q, id, seg, n_out, n);
	else
		put_chain(q, id, seg, n_out, n);
}

static bool packed_ready(const struct virtq *q)
{
	uint16_t flags = __atomic_load_n(&desc_at(q, q->used)->packed.flags,
					 __ATOMIC_ACQUIRE);

	return (flags & OWNER) == (wrap_counter(q, q->used) ? OWNER : 0);
}

static uint32_t packed_take(const struct virtq *q, uint32_t *len)
{
	const struct virtq_desc *d = desc_at(q, q->used);

	*len = d->packed.flags & DESC_WRITE ? d->len : 0;
	return d->packed.id;
}

/* Offset and flags are one store, as the device reads them by one load. */
static void packed_wish(struct virtq *q, bool interrupt)
{
	uint32_t event = EVENT_DISABLE << 16;

	if (interrupt && q->event_idx)
		event = slot(q, q->used) |
			(uint32_t)wrap_counter(q, q->used) << 15 |
			EVENT_DESC << 16;
	else if (interrupt)
		event = EVENT_ENABLE << 16;
	__atomic_store_n((uint32_t *)q->driver, event, __ATOMIC_RELAXED);
}

static bool packed_wanted(const struct virtq *q, uint16_t old, uint16_t n)
{
	uint32_t event =
		__atomic_load_n((uint32_t *)q->device, __ATOMIC_RELAXED);
	uint16_t at = event & 0x7fff;

	switch (event >> 16 & 3) {
	case EVENT_DISABLE:
		return false;
	case EVENT_DESC:
		if (!(event & 0x8000))
			at += q->size;
		return virtq_distance(q, old, at) < n;
	default:
		return true;
	}
}

const struct virtq_ops virtq_packed = {
	.put = packed_put,
	.ready = packed_ready,
	.take = packed_take,
	.wish = packed_wish,
	.wanted = packed_wanted,
};
