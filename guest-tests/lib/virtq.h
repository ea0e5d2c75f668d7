/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtq.h - the driver's end of a virtqueue (VIRTIO 1.2, sections 2.7, 2.8)
 *
 * Split and packed rings behind one interface.  Buffers are lent by
 * virtq_add(), shown to the device at once, and come back by virtq_used().
 * After adding some, no more than a ring's worth, virtq_kick() tells the
 * device if it wants to be told.
 *
 * To sleep without losing an interrupt, with one queue or with several:
 *
 *	any = irq_any;
 *	virtio_ack(dev);
 *	if (!virtq_arm(rx) && !virtq_arm(tx))
 *		irq_sleep(any);
 *
 * One processor at a time may use a queue.
 */
#ifndef GUEST_LIB_VIRTQ_H
#define GUEST_LIB_VIRTQ_H

#include <stdbool.h>
#include <stdint.h>

enum {
	VIRTQ_SIZE_MAX = 1024,
	/* Segments in a buffer. */
	VIRTQ_CHAIN_MAX = 4,
	/* Where a legacy driver's used ring begins. */
	VIRTQ_ALIGN = 4096,
	VIRTQ_RING_MAX = 32768,
};

enum {
	DESC_NEXT = 1,
	DESC_WRITE = 2,
	DESC_INDIRECT = 4,
	DESC_AVAIL = 1 << 7,
	DESC_USED = 1 << 15,

	/* Flags of the driver and the device area of split rings. */
	SPLIT_NO_INTERRUPT = 1,
	SPLIT_NO_NOTIFY = 1,
	/* Flags of the event structures of packed rings. */
	EVENT_ENABLE = 0,
	EVENT_DISABLE = 1,
	EVENT_DESC = 2,
};

struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	union {
		struct {
			uint16_t flags, next;
		} split;
		struct {
			uint16_t id, flags;
		} packed;
	};
};

/* used_event follows the ring. */
struct virtq_avail {
	uint16_t flags, idx, ring[];
};

/* avail_event follows the ring. */
struct virtq_used {
	uint16_t flags, idx;
	struct {
		uint32_t id, len;
	} ring[];
};

struct virtq_seg {
	const void *addr;
	uint32_t len;
};

struct virtq;
struct virtio_dev;

/* What virtq.c asks of a ring format. */
struct virtq_ops {
	/* Lend the segments (the first @n_out to be read) as buffer @id. */
	void (*put)(struct virtq *q, uint16_t id, const struct virtq_seg *seg,
		    unsigned n_out, unsigned n);
	/* Is there a used buffer?  Acquires it. */
	bool (*ready)(const struct virtq *q);
	/* Its id and length. */
	uint32_t (*take)(const struct virtq *q, uint32_t *len);
	/* Ask for an interrupt at the next used buffer, or for none. */
	void (*wish)(struct virtq *q, bool interrupt);
	/* Does the device want to hear of the @n positions from @old on? */
	bool (*wanted)(const struct virtq *q, uint16_t old, uint16_t n);
};

/*
 * A position is the value of an index (split), or counts slots modulo twice
 * the ring's size (packed), the wrap counter being 1 on the first lap.
 */
struct virtq {
	struct virtio_dev *dev;
	const struct virtq_ops *ops;
	unsigned index;
	/* Interrupts that tell of it count here; see irq_count[]. */
	unsigned vector;
	/* Where the device is told, an address or a port. */
	uint64_t notify;
	uint32_t modulus;
	uint16_t size;
	bool packed, event_idx, indirect;
	/* Positions: next to lend, told of, next to come back. */
	uint16_t next, kicked, used;
	/* Descriptors or, packed, ids nobody uses, and slots. */
	uint16_t free, n_free;
	/* Kicks sent and not wanted; used buffers found without an interrupt
	 * that was asked for, or that were not lent. */
	unsigned kicks, quiet, lost, wrong;
	uint64_t desc, driver, device;
	/* By id: the next free one or the chain's next, slots, the caller's
	 * number. */
	uint16_t link[VIRTQ_SIZE_MAX], slots[VIRTQ_SIZE_MAX];
	uint64_t token[VIRTQ_SIZE_MAX];
	struct virtq_desc table[VIRTQ_SIZE_MAX][VIRTQ_CHAIN_MAX];
	uint8_t ring[VIRTQ_RING_MAX] __attribute__((aligned(VIRTQ_ALIGN)));
};

struct virtq_done {
	uint64_t token;
	uint32_t len;
};

/* An empty queue of @size; by virtio_start(). */
void virtq_init(struct virtq *q, uint16_t size, bool packed);

/* Lend @n_out segments to be read, then @n_in to be written, at most
 * VIRTQ_CHAIN_MAX; @token comes back with them.  False: no room. */
bool virtq_add(struct virtq *q, const struct virtq_seg *seg, unsigned n_out,
	       unsigned n_in, uint64_t token);

/* Tell the device of what was added, if it wants that. */
void virtq_kick(struct virtq *q);
/* Tell it in any case. */
void virtq_notify(struct virtq *q);

/* Take a used buffer back; false: there is none, or none of ours. */
bool virtq_used(struct virtq *q, struct virtq_done *done);

/* Buffers lent, in slots. */
static inline unsigned virtq_lent(const struct virtq *q)
{
	return q->size - q->n_free;
}

/* Ask for an interrupt at the next used buffer.  True: there is one now. */
bool virtq_arm(struct virtq *q);
/* No interrupts are needed; only a hint. */
void virtq_mute(struct virtq *q);

/* Sleep until there is a used buffer; false after @timeout_ms.  A buffer
 * whose interrupt stays out is counted as lost. */
bool virtq_wait(struct virtq *q, unsigned timeout_ms);

/* The position @n behind @pos. */
static inline uint16_t virtq_after(const struct virtq *q, uint16_t pos,
				   uint32_t n)
{
	uint32_t at = pos + n;

	return at < q->modulus ? at : at - q->modulus;
}

/* How far @to is ahead of @from, going round. */
static inline uint32_t virtq_distance(const struct virtq *q, uint16_t from,
				      uint16_t to)
{
	return (to >= from ? 0 : q->modulus) + to - from;
}

/* For virtq*.c and those who misuse rings. */
extern const struct virtq_ops virtq_split, virtq_packed;

static inline struct virtq_desc *virtq_desc(const struct virtq *q, unsigned i)
{
	return (struct virtq_desc *)q->desc + i;
}

static inline void virtq_fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
