/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_ring.h - what vq.c asks of a ring format; private to vq*.c
 */
#ifndef DEVICES_VIRTIO_VQ_RING_H
#define DEVICES_VIRTIO_VQ_RING_H

#include "base/fence.h"
#include "devices/virtio/vq.h"

enum {
	VIRTQ_DESC_F_NEXT = 1,
	VIRTQ_DESC_F_WRITE = 2,
	VIRTQ_DESC_F_INDIRECT = 4,
	/* Bytes in a descriptor of either format. */
	VIRTQ_DESC_SIZE = 16,
};

/*
 * How the rings are reached: naturally aligned 16 and 32-bit accesses with
 * an explicit order, fences, and the copy of one descriptor, made once.  A
 * test that records accesses includes the sources with definitions of its
 * own.
 */
#ifndef VQ_RECORDED
#define vq_load(p, order)	  __atomic_load_n(p, order)
#define vq_store(p, value, order) __atomic_store_n(p, value, order)
#define vq_fence(order)		  memory_fence(order)

static inline void vq_copy(void *desc, const void *from)
{
	memcpy(desc, from, VIRTQ_DESC_SIZE);
	/* The compiler must not look at the guest's copy again. */
	__asm__ volatile("" : : : "memory");
}
#endif

struct vq_ops {
	/* Descriptors, driver and device area: bytes for a ring of n slots. */
	struct {
		uint8_t align, fixed, per_slot;
	} part[3];
	/* Is there a buffer at @pos?  Acquires it. */
	bool (*ready)(struct virtq *vq, uint16_t pos);
	/*
	 * Read the chain at vq->avail into @buf: 0, -EPROTO, or -ENOBUFS if
	 * it has more descriptors than @buf has room.
	 */
	int (*pop)(struct virtq *vq, struct vq_buf *buf);
	/* Write @buf's used entry at @pos, where the driver can't see it. */
	void (*push)(struct virtq *vq, uint16_t pos, const struct vq_buf *buf,
		     uint32_t len);
	/* Let it see all that is staged. */
	void (*publish)(struct virtq *vq);
	/* The driver's wish; for VQ_EVENT_AT the position, below modulus. */
	enum vq_event (*event)(const struct virtq *vq, uint16_t *at);
	/* State our wish: a kick when the driver passes @pos, or none. */
	void (*arm)(struct virtq *vq, uint16_t pos);
	void (*mute)(struct virtq *vq);

	/* For who looks from outside, see vq_snapshot.h.  Relaxed loads that
	 * nothing depends on, so no part of what a test records. */
	/* Slots made available from @pos on, as far as that makes sense. */
	uint16_t (*offered)(const struct virtq *vq, uint16_t pos);
	/* Is our wish a kick when the driver passes @pos? */
	bool (*asks)(const struct virtq *vq, uint16_t pos);
	/* The descriptor that belongs to @pos, below the ring's size. */
	uint16_t (*slot)(const struct virtq *vq, uint16_t pos);
};

extern const struct vq_ops vq_split, vq_packed;

/* The position @n (at most a ring) after @pos. */
static inline uint16_t vq_after(const struct virtq *vq, uint16_t pos,
				uint32_t n)
{
	uint32_t at = pos + n;

	return (uint16_t)(at < vq->modulus ? at : at - vq->modulus);
}

/* How far @to is ahead of @from, going round. */
static inline uint32_t vq_distance(const struct virtq *vq, uint16_t from,
				   uint16_t to)
{
	uint32_t lap = to >= from ? 0 : vq->modulus;

	return lap + to - from;
}

/* vq_chain.c */
/* Append one descriptor's segment to @buf, having checked everything in it:
 * 0, -EPROTO or -ENOBUFS. */
int vq_add(struct virtq *vq, struct vq_buf *buf, uint64_t addr, uint32_t len,
	   uint16_t flags);

/* The indirect table at @addr and its number of entries, or NULL. */
const uint8_t *vq_indirect(const struct virtq *vq, uint64_t addr, uint32_t len,
			   uint32_t *n);

#endif
