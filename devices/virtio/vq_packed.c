/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_packed.c - packed virtqueues, VIRTIO 1.2 section 2.8
 *
 * A position runs from 0 to 2 * size - 1: on the first lap the wrap counter
 * is 1, on the second 0.  So one number says both where we are and what the
 * AVAIL and USED flags must look like there.
 */
#include "devices/virtio/vq_ring.h"

enum { VIRTQ_DESC_F_AVAIL = 1 << 7, VIRTQ_DESC_F_USED = 1 << 15 };

enum {
	RING_EVENT_FLAGS_ENABLE,
	RING_EVENT_FLAGS_DISABLE,
	RING_EVENT_FLAGS_DESC,
};

struct pvirtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t id, flags;
};

static bool wrap_counter(const struct virtq *vq, uint16_t pos)
{
	return pos < vq->size;
}

static uint16_t slot(const struct virtq *vq, uint16_t pos)
{
	return (uint16_t)(pos < vq->size ? pos : pos - vq->size);
}

static struct pvirtq_desc *desc_at(const struct virtq *vq, uint16_t pos)
{
	return (struct pvirtq_desc *)vq->desc + slot(vq, pos);
}

static bool available(const struct virtq *vq, uint16_t pos, uint16_t flags)
{
	return (flags & (VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED)) ==
	       (wrap_counter(vq, pos) ? VIRTQ_DESC_F_AVAIL : VIRTQ_DESC_F_USED);
}

static bool packed_ready(struct virtq *vq, uint16_t pos)
{
	/* Pairs with the driver's release of the head, its last store. */
	return available(vq, pos,
			 vq_load(&desc_at(vq, pos)->flags, __ATOMIC_ACQUIRE));
}

/* The whole table is the chain; of the flags only WRITE means anything. */
static int walk_table(struct virtq *vq, struct vq_buf *buf, uint64_t addr,
		      uint32_t len)
{
	struct pvirtq_desc d;
	uint32_t n;
	const uint8_t *table = vq_indirect(vq, addr, len, &n);
	int r = 0;

	if (!table)
		return vq_broken(vq, "bad indirect table");
	for (size_t i = 0; !r && i < n; i++) {
		vq_copy(&d, table + i * VIRTQ_DESC_SIZE);
		r = vq_add(vq, buf, d.addr, d.len, d.flags);
	}
	return r;
}

static int packed_pop(struct virtq *vq, struct vq_buf *buf)
{
	uint32_t left = vq->size - vq_distance(vq, vq->used, vq->avail);
	uint16_t pos = vq->avail;
	struct pvirtq_desc d;
	int r;

	do {
		if (buf->slots == left)
			return vq_broken(vq, "more available than fits");
		vq_copy(&d, desc_at(vq, pos));
		/* The head came last, so the rest must be there too. */
		if (!available(vq, pos, d.flags))
			return vq_broken(vq, "chain partly available");
		pos = vq_after(vq, pos, 1);
		buf->slots++;
		if (!(d.flags & VIRTQ_DESC_F_INDIRECT))
			r = vq_add(vq, buf, d.addr, d.len, d.flags);
		else if (buf->slots > 1 || d.flags & VIRTQ_DESC_F_NEXT)
			r = vq_broken(vq, "indirect in a chain");
		else
			r = walk_table(vq, buf, d.addr, d.len);
		if (r)
			return r;
	} while (d.flags & VIRTQ_DESC_F_NEXT);
	/* Only the last descriptor carries the id. */
	buf->id = d.id;
	return 0;
}

/* The batch's first flags are held back, and with them all of the batch. */
static void packed_push(struct virtq *vq, uint16_t pos,
			const struct vq_buf *buf, uint32_t len)
{
	struct pvirtq_desc *d = desc_at(vq, pos);
	uint16_t flags = len ? VIRTQ_DESC_F_WRITE : 0;

	if (wrap_counter(vq, pos))
		flags |= VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED;
	vq_store(&d->id, buf->id, __ATOMIC_RELAXED);
	vq_store(&d->len, len, __ATOMIC_RELAXED);
	if (vq->staged)
		vq_store(&d->flags, flags, __ATOMIC_RELEASE);
	else
		vq->held = flags;
}

/* Pairs with the driver's acquire of the next flags it waits for. */
static void packed_publish(struct virtq *vq)
{
	vq_store(&desc_at(vq, vq->used)->flags, vq->held, __ATOMIC_RELEASE);
}

/* Offset and flags are read as one, or they may not belong together. */
static enum vq_event packed_event(const struct virtq *vq, uint16_t *at)
{
	uint32_t event =
		vq_load((const uint32_t *)vq->driver, __ATOMIC_RELAXED);
	uint16_t off = event & 0x7fff;

	switch (event >> 16 & 3) {
	case RING_EVENT_FLAGS_DISABLE:
		return VQ_EVENT_NEVER;
	case RING_EVENT_FLAGS_DESC:
		if (!vq->event_idx || off >= vq->size)
			return VQ_EVENT_ALWAYS;
		*at = (uint16_t)(event & 0x8000 ? off : off + vq->size);
		return VQ_EVENT_AT;
	default:
		return VQ_EVENT_ALWAYS;
	}
}

static void packed_arm(struct virtq *vq, uint16_t pos)
{
	uint32_t off_wrap = slot(vq, pos) | (uint32_t)wrap_counter(vq, pos)
						    << 15;
	uint32_t flags =
		vq->event_idx ? RING_EVENT_FLAGS_DESC : RING_EVENT_FLAGS_ENABLE;

	vq_store((uint32_t *)vq->device, off_wrap | flags << 16,
		 __ATOMIC_RELAXED);
}

static void packed_mute(struct virtq *vq)
{
	vq_store((uint32_t *)vq->device,
		 (uint32_t)RING_EVENT_FLAGS_DISABLE << 16, __ATOMIC_RELAXED);
}

static uint16_t packed_offered(const struct virtq *vq, uint16_t pos)
{
	uint16_t n = 0;

	while (n < vq->size &&
	       available(vq, pos,
			 __atomic_load_n(&desc_at(vq, pos)->flags,
					 __ATOMIC_RELAXED))) {
		pos = vq_after(vq, pos, 1);
		n++;
	}
	return n;
}

static bool packed_asks(const struct virtq *vq, uint16_t pos)
{
	uint32_t event =
		vq_load((const uint32_t *)vq->device, __ATOMIC_RELAXED);
	uint32_t off_wrap = slot(vq, pos) | (uint32_t)wrap_counter(vq, pos)
						    << 15;

	switch (event >> 16 & 3) {
	case RING_EVENT_FLAGS_ENABLE:
		return true;
	case RING_EVENT_FLAGS_DESC:
		return (event & 0xffff) == off_wrap;
	default:
		return false;
	}
}

const struct vq_ops vq_packed = {
	.part = { { 16, 0, 16 }, { 4, 4, 0 }, { 4, 4, 0 } },
	.ready = packed_ready,
	.pop = packed_pop,
	.push = packed_push,
	.publish = packed_publish,
	.event = packed_event,
	.arm = packed_arm,
	.mute = packed_mute,
	.offered = packed_offered,
	.asks = packed_asks,
	.slot = slot,
};
