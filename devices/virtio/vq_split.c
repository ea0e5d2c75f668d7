/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_split.c - split virtqueues, VIRTIO 1.2 section 2.7
 *
 * A position is the value of avail.idx and used.idx: it counts buffers,
 * modulo 2^16, and its low bits are the ring slot.
 */
#include "devices/virtio/vq_ring.h"

enum { VIRTQ_AVAIL_F_NO_INTERRUPT = 1, VIRTQ_USED_F_NO_NOTIFY = 1 };

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

/* The driver area; used_event follows the ring. */
struct virtq_avail {
	uint16_t flags, idx, ring[];
};

/* The device area; avail_event follows the ring. */
struct virtq_used {
	uint16_t flags, idx;
	struct {
		uint32_t id, len;
	} ring[];
};

static uint16_t split_slot(const struct virtq *vq, uint16_t pos)
{
	return pos & (uint16_t)(vq->size - 1);
}

/* The index is read again only when all it offered has been looked at. */
static bool split_ready(struct virtq *vq, uint16_t pos)
{
	const struct virtq_avail *avail = vq->driver;

	if (vq->limit == pos)
		/* Pairs with the driver's release, after its descriptors. */
		vq->limit = vq_load(&avail->idx, __ATOMIC_ACQUIRE);
	return vq->limit != pos;
}

/* The chain from @head on, at whose end there may be an indirect table.  A
 * loop ends when @buf has no more room. */
static int walk(struct virtq *vq, struct vq_buf *buf, uint16_t head)
{
	const uint8_t *table = vq->desc;
	uint32_t n = vq->size;
	size_t i = head;
	bool indirect = false;
	struct virtq_desc d;
	int r;

	for (;;) {
		if (i >= n)
			return vq_broken(vq, "index off the table");
		vq_copy(&d, table + i * VIRTQ_DESC_SIZE);
		if (d.flags & VIRTQ_DESC_F_INDIRECT) {
			if (indirect)
				return vq_broken(vq, "indirect in a table");
			if (d.flags & VIRTQ_DESC_F_NEXT)
				return vq_broken(vq, "indirect with NEXT");
			indirect = true;
			table = vq_indirect(vq, d.addr, d.len, &n);
			if (!table)
				return vq_broken(vq, "bad indirect table");
			i = 0;
			continue;
		}
		r = vq_add(vq, buf, d.addr, d.len, d.flags);
		if (r || !(d.flags & VIRTQ_DESC_F_NEXT))
			return r;
		i = d.next;
	}
}

static int split_pop(struct virtq *vq, struct vq_buf *buf)
{
	const struct virtq_avail *avail = vq->driver;
	uint32_t borrowed = vq_distance(vq, vq->used, vq->avail);
	uint32_t offered = vq_distance(vq, vq->avail, vq->limit);

	if (borrowed + offered > vq->size)
		return vq_broken(vq, "avail.idx beyond the ring");
	buf->id = vq_load(&avail->ring[split_slot(vq, vq->avail)],
			  __ATOMIC_RELAXED);
	buf->slots = 1;
	return walk(vq, buf, buf->id);
}

static void split_push(struct virtq *vq, uint16_t pos, const struct vq_buf *buf,
		       uint32_t len)
{
	struct virtq_used *used = vq->device;
	uint16_t i = split_slot(vq, pos);

	vq_store(&used->ring[i].id, (uint32_t)buf->id, __ATOMIC_RELAXED);
	vq_store(&used->ring[i].len, len, __ATOMIC_RELAXED);
}

/* Pairs with the driver's acquire of used.idx: entries and buffers first. */
static void split_publish(struct virtq *vq)
{
	struct virtq_used *used = vq->device;

	vq_store(&used->idx, vq_after(vq, vq->used, vq->staged),
		 __ATOMIC_RELEASE);
}

static enum vq_event split_event(const struct virtq *vq, uint16_t *at)
{
	const struct virtq_avail *avail = vq->driver;

	if (vq->event_idx) {
		*at = vq_load(&avail->ring[vq->size], __ATOMIC_RELAXED);
		return VQ_EVENT_AT;
	}
	return vq_load(&avail->flags, __ATOMIC_RELAXED) &
			       VIRTQ_AVAIL_F_NO_INTERRUPT ?
		       VQ_EVENT_NEVER :
		       VQ_EVENT_ALWAYS;
}

static void split_arm(struct virtq *vq, uint16_t pos)
{
	struct virtq_used *used = vq->device;
	uint16_t *avail_event = (uint16_t *)&used->ring[vq->size];

	if (vq->event_idx)
		vq_store(avail_event, pos, __ATOMIC_RELAXED);
	else
		vq_store(&used->flags, 0, __ATOMIC_RELAXED);
}

/* With EVENT_IDX nothing need be said: the event stays behind us. */
static void split_mute(struct virtq *vq)
{
	struct virtq_used *used = vq->device;

	if (!vq->event_idx)
		vq_store(&used->flags, VIRTQ_USED_F_NO_NOTIFY,
			 __ATOMIC_RELAXED);
}

static uint16_t split_offered(const struct virtq *vq, uint16_t pos)
{
	const struct virtq_avail *avail = vq->driver;
	uint32_t n = vq_distance(
		vq, pos, __atomic_load_n(&avail->idx, __ATOMIC_RELAXED));

	return (uint16_t)(n <= vq->size ? n : 0);
}

static bool split_asks(const struct virtq *vq, uint16_t pos)
{
	const struct virtq_used *used = vq->device;
	const uint16_t *avail_event = (const uint16_t *)&used->ring[vq->size];

	if (vq->event_idx)
		return vq_load(avail_event, __ATOMIC_RELAXED) == pos;
	return !(vq_load(&used->flags, __ATOMIC_RELAXED) &
		 VIRTQ_USED_F_NO_NOTIFY);
}

static uint16_t split_head(const struct virtq *vq, uint16_t pos)
{
	const struct virtq_avail *avail = vq->driver;

	return vq_load(&avail->ring[split_slot(vq, pos)], __ATOMIC_RELAXED) &
	       (uint16_t)(vq->size - 1);
}

const struct vq_ops vq_split = {
	.part = { { 16, 0, 16 }, { 2, 6, 2 }, { 4, 6, 8 } },
	.ready = split_ready,
	.pop = split_pop,
	.push = split_push,
	.publish = split_publish,
	.event = split_event,
	.arm = split_arm,
	.mute = split_mute,
	.offered = split_offered,
	.asks = split_asks,
	.slot = split_head,
};
