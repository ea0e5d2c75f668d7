/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq.c - the part of a virtqueue that does not depend on the ring format
 */
#include "devices/virtio/vq.h"

#include <assert.h>
#include <errno.h>

#include "base/fence.h"
#include "base/mem.h"
#include "devices/virtio/vq_ring.h"

static bool live(const struct virtq *vq)
{
	return vq->ops && !vq->broken;
}

/* Relaxed: observers read it, see vq.h. */
static void move(uint16_t *position, uint16_t to)
{
	__atomic_store_n(position, to, __ATOMIC_RELAXED);
}

static void set_armed(struct virtq *vq, bool armed)
{
	__atomic_store_n(&vq->armed, armed, __ATOMIC_RELAXED);
}

static bool size_ok(const struct vq_config *cfg)
{
	bool power_of_2 = !(cfg->size & (cfg->size - 1));

	return cfg->size && cfg->size <= VQ_SIZE_MAX &&
	       (cfg->packed || power_of_2);
}

/* The host's view of one of the three ring areas: 0, -EINVAL or -EFAULT. */
static int map_part(const struct vq_ops *ops, unsigned part,
		    const struct mem *mem, uint64_t gpa, uint32_t size,
		    void **host)
{
	uint32_t len = ops->part[part].fixed + ops->part[part].per_slot * size;

	if (gpa % ops->part[part].align)
		return -EINVAL;
	*host = mem_at(mem, gpa, len);
	return *host ? 0 : -EFAULT;
}

int vq_start(struct virtq *vq, const struct vq_config *cfg,
	     const struct mem *mem, void (*interrupt)(void *arg), void *arg)
{
	struct virtq q = {
		.ops = cfg->packed ? &vq_packed : &vq_split,
		.mem = mem,
		.interrupt = interrupt,
		.arg = arg,
		.modulus = cfg->packed ? 2u * cfg->size : 1u << 16,
		.size = cfg->size,
		.event_idx = cfg->event_idx,
		.indirect = cfg->indirect,
		.in_order = cfg->in_order,
	};
	int r;

	vq_stop(vq);
	if (!size_ok(cfg))
		return -EINVAL;
	r = map_part(q.ops, 0, mem, cfg->desc, q.size, &q.desc);
	if (!r)
		r = map_part(q.ops, 1, mem, cfg->driver, q.size, &q.driver);
	if (!r)
		r = map_part(q.ops, 2, mem, cfg->device, q.size, &q.device);
	if (!r)
		memcpy(vq, &q, offsetof(struct virtq, stats));
	return r;
}

void vq_stop(struct virtq *vq)
{
	vq->ops = NULL;
}

/* vq_pop(), but a chain longer than @niov is not taken and -ENOBUFS. */
static int try_pop(struct virtq *vq, struct vq_buf *buf, struct iovec *iov,
		   uint32_t niov)
{
	int r;

	if (vq->broken)
		return -EPROTO;
	if (!vq->ops)
		return 0;
	if (!vq->ops->ready(vq, vq->avail))
		return vq->avail == vq->seen ?
			       0 :
			       vq_broken(vq, "buffer taken back");
	*buf = (struct vq_buf){ .iov = iov, .room = niov, .pos = vq->avail };
	r = vq->ops->pop(vq, buf);
	if (r)
		return r;
	if (vq->avail == vq->used)
		vq->popped_ns = now_ns();
	if (!vq->stock)
		move(&vq->stock, vq->ops->offered(vq, vq->avail));
	move(&vq->avail, vq_after(vq, buf->pos, buf->slots));
	if (vq_distance(vq, buf->pos, vq->seen) < buf->slots) {
		move(&vq->seen, vq->avail);
		count_add(&vq->stats.unkicked, !vq->armed);
	}
	return 1;
}

static int too_long(struct virtq *vq)
{
	return vq_broken(vq, "chain too long, or a loop");
}

int vq_pop(struct virtq *vq, struct vq_buf *buf, struct iovec *iov,
	   uint32_t niov)
{
	int r = try_pop(vq, buf, iov, niov);

	return r == -ENOBUFS ? too_long(vq) : r;
}

int vq_gather(struct virtq *vq, uint64_t want, struct vq_buf *buf, int nbuf,
	      struct iovec *iov, uint32_t niov)
{
	uint64_t have = 0;
	uint32_t segs = 0;
	int n = 0, r;

	do {
		r = n < nbuf ? try_pop(vq, &buf[n], iov + segs, niov - segs) :
			       -ENOBUFS;
		if (r == -ENOBUFS)
			r = n ? -EMSGSIZE : too_long(vq);
		else if (r > 0 && buf[n].n_out)
			r = vq_broken(vq, "readable part where none may be");
		if (r <= 0) {
			if (n)
				vq_rewind(vq, &buf[0]);
			return r;
		}
		segs += buf[n].n_in;
		have += buf[n++].in_len;
	} while (have < want);
	return n;
}

void vq_push(struct virtq *vq, const struct vq_buf *buf, uint32_t written)
{
	uint16_t pos;

	if (!live(vq))
		return;
	assert(written <= buf->in_len);
	pos = vq_after(vq, vq->used, vq->staged);
	assert(!vq->in_order || buf->pos == pos);
	vq->ops->push(vq, pos, buf, written);
	vq->staged = (uint16_t)(vq->staged + buf->slots);
	count_add(&vq->stats.used, 1);
}

void vq_rewind(struct virtq *vq, const struct vq_buf *buf)
{
	move(&vq->avail, buf->pos);
}

/* Does the driver want to hear of the @n positions from @old on? */
static bool wanted(const struct virtq *vq, uint16_t old, uint16_t n)
{
	uint16_t at;

	switch (vq->ops->event(vq, &at)) {
	case VQ_EVENT_AT:
		return vq_distance(vq, old, at) < n;
	case VQ_EVENT_NEVER:
		return false;
	default:
		return true;
	}
}

/* What is still on loan is measured from here. */
static void count_latency(struct virtq *vq)
{
	uint64_t now = now_ns();

	count_bucket(&vq->stats.latency, now - vq->popped_ns);
	vq->popped_ns = now;
}

void vq_commit(struct virtq *vq)
{
	uint16_t old = vq->used, n = vq->staged;

	if (!live(vq) || !n)
		return;
	vq->ops->publish(vq);
	move(&vq->used, vq_after(vq, old, n));
	vq->staged = 0;
	count_add(&vq->stats.wraps, vq->used < old);
	count_latency(vq);
	/*
	 * Pairs with the driver's fence between stating its wish and looking
	 * at the ring: either it sees the batch or we see the wish.
	 */
	vq_fence(__ATOMIC_SEQ_CST);
	if (!wanted(vq, old, n)) {
		count_add(&vq->stats.suppressed, 1);
		return;
	}
	count_add(&vq->stats.interrupts, 1);
	move(&vq->told, vq->used);
	vq->interrupt(vq->arg);
}

static bool ask_and_look(struct virtq *vq)
{
	vq->ops->arm(vq, vq->seen);
	/*
	 * Pairs with the driver's fence between making a buffer available
	 * and reading our wish: either we see the buffer or it sees the wish.
	 */
	vq_fence(__ATOMIC_SEQ_CST);
	return vq->ops->ready(vq, vq->seen);
}

bool vq_arm(struct virtq *vq)
{
	if (!live(vq))
		return false;
	if (ask_and_look(vq))
		return true;
	set_armed(vq, true);
	return false;
}

bool vq_poll(struct virtq *vq, unsigned looks)
{
	bool ready = false;

	for (unsigned i = 0; live(vq) && !ready && i < looks; i++) {
		ready = vq->ops->ready(vq, vq->seen);
		if (!ready)
			cpu_relax();
	}
	count_add(ready ? &vq->stats.polls_paid : &vq->stats.polls_vain, 1);
	return ready;
}

void vq_mute(struct virtq *vq)
{
	if (!live(vq))
		return;
	vq->ops->mute(vq);
	set_armed(vq, false);
}

void vq_kicked(struct virtq *vq, uint64_t n)
{
	uint16_t next = vq->seen;

	count_add(&vq->stats.kicks, n);
	if (!n && live(vq) && vq->armed && vq->ops->ready(vq, next))
		count_add(&vq->stats.early, 1);
}
