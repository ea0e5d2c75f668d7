/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq.h - the device's end of a virtqueue (VIRTIO 1.2, sections 2.6 to 2.8)
 *
 * A device sees buffers, never rings.  The driver lends it buffers; it pops
 * them, reads or fills them, pushes them back, and commits the batch:
 *
 *	pop or gather -> touch guest memory -> push ... push -> commit
 *
 * Whether the ring underneath is split or packed is decided in vq_start()
 * and invisible from then on.
 *
 * Threads: a running queue belongs to one thread from vq_start() to
 * vq_stop().  There are no locks; the only other party is the guest.  An
 * observer may read positions and counters if it prevents start and stop.  They
 * are written with relaxed order, so the values that it sees may be of
 * different moments.
 *
 * Trust: everything in guest memory is hostile and may change between two
 * reads.  Each descriptor is copied once and checked once.  A segment handed
 * out lies wholly inside guest RAM and is not empty, and readable segments
 * precede writable ones.  Without a commit no more than a ring's worth can
 * be popped, and a chain costs no more steps than the caller has segments.
 * A malformed ring breaks the queue: from then on every call does nothing,
 * vq_pop and vq_gather return -EPROTO, vq->broken says why, and the device
 * asks the driver for a reset.
 *
 * Memory order, as a device may rely on it; the driver's side in brackets:
 *
 *	vq_pop		acquire.  What the driver wrote before it made the
 *			buffer available is visible.  [its release store of
 *			avail.idx, or of the head descriptor's flags]
 *	vq_push		none: the driver cannot see it yet.
 *	vq_commit	release, then a full fence.  All of the batch appears
 *			at once, after everything written to its buffers, and
 *			only then is the driver's wish for an interrupt read.
 *			[full fence between stating that wish and looking at
 *			the ring again]
 *	vq_arm		full fence between asking for kicks and looking at
 *			the ring again.  [full fence between making a buffer
 *			available and reading whether we want a kick]
 */
#ifndef DEVICES_VIRTIO_VQ_H
#define DEVICES_VIRTIO_VQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/count.h"
#include "base/util.h"

struct mem;

enum {
	/* Ring slots a queue may have. */
	VQ_SIZE_MAX = 32768,
	/* Segments every device accepts in a chain, however small the ring. */
	VQ_CHAIN_MIN = 1024,
};

/*
 * What the driver programmed: plain numbers.  A legacy driver's page number
 * makes one of these too: its ring is a split one at computed addresses.
 *
 * IN_ORDER allows one used entry to stand for a whole batch, but an entry it
 * stands for counts as completely written.  We return one entry per buffer,
 * which is always legal and tells every length; what in_order adds is the
 * promise, asserted, that buffers are pushed in the order they were popped.
 */
struct vq_config {
	/* Guest-physical: descriptors, driver area, device area. */
	uint64_t desc, driver, device;
	/* Split: a power of two. */
	uint16_t size;
	/* What was negotiated. */
	bool packed, event_idx, indirect, in_order;
};

/* When the driver wants an interrupt. */
enum vq_event { VQ_EVENT_ALWAYS, VQ_EVENT_NEVER, VQ_EVENT_AT };

/* A buffer on loan: n_out segments to read, then n_in to write. */
struct vq_buf {
	/* Where the caller wanted the segments. */
	struct iovec *iov;
	uint32_t n_out, n_in;
	/* Bytes in all. */
	uint64_t out_len, in_len;
	/* Private to vq*.c */
	uint32_t room;
	uint16_t id, pos, slots;
};

/* Over the queue's life, resets included.  Its owner's (base/count.h), but for
 * the last; what they mean is in vq_stats.c. */
struct vq_stats {
	uint64_t kicks, unkicked, early;
	uint64_t used, wraps;
	uint64_t interrupts, suppressed;
	struct count_histogram latency;
	uint64_t polls_paid, polls_vain;
	/* Of whoever watches the queues from outside. */
	uint64_t lost_kicks;
};

/*
 * Positions count buffers (split) or ring slots (packed), modulo @modulus.
 * Always, going round: used <= used + staged <= avail <= seen <= used + size.
 */
struct virtq {
	/* The ring format; NULL while stopped. */
	const struct vq_ops *ops;
	const struct mem *mem;
	void *desc, *driver, *device;
	void (*interrupt)(void *arg);
	void *arg;
	uint32_t modulus;
	uint16_t size;
	/* Next to pop, and the furthest ever looked at. */
	uint16_t avail, seen;
	/* Next to hand back, and how many are pushed but not committed. */
	uint16_t used, staged;
	/* Where the driver was last interrupted: @used then. */
	uint16_t told;
	/* Slots the driver had lent when the first buffer was popped. */
	uint16_t stock;
	/* Split: the driver's index as last read. */
	uint16_t limit;
	/* Packed: the flags that publish the batch. */
	uint16_t held;
	bool event_idx, indirect, in_order;
	/* A kick was asked for and there was nothing: its owner waits. */
	bool armed;
	/* What the driver did wrong, for the log; NULL: nothing. */
	const char *broken;
	/* When the first buffer of those on loan was popped. */
	uint64_t popped_ns;
	/* Outlasts vq_start(), and so is last. */
	struct vq_stats stats;
};

/*
 * How many segments the longest chain has that a driver may build in a queue of
 * @size slots: a device's iovec array has as many.  A longer chain breaks the
 * queue.
 */
static inline uint32_t vq_chain_max(uint32_t size)
{
	return MAX(size, VQ_CHAIN_MIN);
}

/*
 * Start @vq, zeroed before its first start, in the state a reset leaves: at
 * the beginning of the rings that @cfg describes, which is copied.  From here
 * on @interrupt(@arg) is called by vq_commit() when the driver wants it.
 * -EINVAL if the size or an alignment is not allowed, -EFAULT if a ring is
 * not wholly in guest RAM; the queue is then still stopped.
 */
int vq_start(struct virtq *vq, const struct vq_config *cfg,
	     const struct mem *mem, void (*interrupt)(void *arg), void *arg);

/*
 * Stop: afterwards no call touches guest memory or interrupts.  Buffers on
 * loan and pushed but not committed are forgotten.
 */
void vq_stop(struct virtq *vq);

/*
 * Borrow the next buffer, its segments in @iov[@niov].  1: got one.  0: none.
 * -EPROTO: broken.  A chain of more than @niov descriptors breaks the queue.
 */
int vq_pop(struct virtq *vq, struct vq_buf *buf, struct iovec *iov,
	   uint32_t niov);

/*
 * Borrow as many buffers as it takes to write @want bytes, at most @nbuf and
 * at least one, the segments one after the other in @iov[@niov].  All or
 * nothing: the number of buffers; 0 if too little is on loan as yet;
 * -EMSGSIZE if the first @nbuf buffers, or as many as @niov segments hold,
 * are too small, so that waiting won't help.  -EPROTO: broken; a buffer with
 * anything to read breaks the queue.
 */
int vq_gather(struct virtq *vq, uint64_t want, struct vq_buf *buf, int nbuf,
	      struct iovec *iov, uint32_t niov);

/*
 * Return @buf with @written bytes in it.  Any order will do for a queue that
 * is neither in_order nor rewound.
 */
void vq_push(struct virtq *vq, const struct vq_buf *buf, uint32_t written);

/* The driver broke the rules of the device, @how: as of a malformed ring.
 * -EPROTO. */
int vq_broken(struct virtq *vq, const char *how);

/* Un-borrow @buf and all borrowed after it.  None may have been pushed. */
void vq_rewind(struct virtq *vq, const struct vq_buf *buf);

/* Show the driver everything pushed, at once; interrupt it if it asked. */
void vq_commit(struct virtq *vq);

/*
 * Ask for a kick when the driver lends more than was ever looked at, even if
 * what was looked at was too little and was rewound.  True: more is already
 * here; go on instead of sleeping.  Before it sleeps a device drains its
 * doorbell, then arms.
 */
bool vq_arm(struct virtq *vq);

/*
 * Look for more up to @looks times, with a pause after each; kicks are as
 * they were asked for.  True: there is more.
 */
bool vq_poll(struct virtq *vq, unsigned looks);

/* Kicks are not needed: we are polling.  Only a hint. */
void vq_mute(struct virtq *vq);

/* The queue's turn has come, after @n kicks; for the counters. */
void vq_kicked(struct virtq *vq, uint64_t n);

/* The names of struct vq_stats. */
extern const struct count_table vq_stats_table;

#endif
