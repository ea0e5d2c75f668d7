/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_data.c - the bytes of ports
 *
 * On the worker.
 */
#include "base/count.h"
#include "base/util.h"
#include "devices/console/console.h"

enum {
	/* Buffers, and bytes, between looks at what else is asked of us. */
	BATCH = 32,
	BATCH_BYTES = 256 << 10,
	/* What is taken from a queue that is asked for: more than Linux can
	 * have in one, 256 times 32 KiB, and a matter of milliseconds. */
	REST_BYTES = 16 << 20,
};

static struct virtq *rx(struct console_port *p)
{
	return &p->console->queue[console_rx(p)].vq;
}

static struct virtq *tx(struct console_port *p)
{
	return &p->console->queue[console_rx(p) + 1].vq;
}

/* --- to the guest -------------------------------------------------------- */

static size_t waiting(struct console_port *p)
{
	if (!p->end || !p->guest_open || !p->end->ops->waiting)
		return 0;
	return p->end->ops->waiting(p->end);
}

/* Reads into a buffer's pieces what there is. */
static uint32_t fill(struct console_port *p, const struct vq_buf *buf)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < buf->n_in; i++) {
		const struct iovec *iov = &buf->iov[buf->n_out + i];
		size_t n = p->end->ops->read(p->end, iov->iov_base,
					     MIN(iov->iov_len, BATCH_BYTES));

		done += (uint32_t)n;
		if (n < iov->iov_len || done >= BATCH_BYTES)
			break;
	}
	return done;
}

enum worker_turn console_receive(struct console_port *p)
{
	enum worker_turn turn = WORKER_BUSY;

	for (unsigned i = 0; i < BATCH; i++) {
		struct vq_buf buf;
		uint32_t n;

		if (!waiting(p)) {
			turn = WORKER_RESTS;
			break;
		}
		if (vq_pop(rx(p), &buf, p->console->iov, p->console->n_iov) <=
		    0) {
			turn = WORKER_PENDING;
			break;
		}
		if (!buf.in_len)
			virtio_lint(&p->console->dev, LINT_DIRECTION,
				    "a buffer to receive");
		n = fill(p, &buf);
		vq_push(rx(p), &buf, n);
		count_add(&p->bytes_in, n);
	}
	vq_commit(rx(p));
	console_look(p);
	return turn;
}

/* --- from the guest ------------------------------------------------------ */

static bool next_buf(struct console_port *p)
{
	if (p->has_buf)
		return true;
	if (vq_pop(tx(p), &p->buf, p->iov, p->console->n_iov) <= 0)
		return false;
	if (p->buf.in_len)
		virtio_lint(&p->console->dev, LINT_DIRECTION,
			    "a buffer that is sent");
	p->has_buf = true;
	p->sent = 0;
	p->piece = 0;
	p->piece_sent = 0;
	return true;
}

static void give_buf_back(struct console_port *p)
{
	vq_push(tx(p), &p->buf, 0);
	p->has_buf = false;
}

/* Takes up to @room bytes of the buffer; how many. */
static uint64_t take(struct console_port *p, uint64_t room)
{
	const struct port_end *end = p->end;
	bool wanted = end && end->ops->write && !end->ops->over(p->end);
	uint64_t left = MIN(room, p->buf.out_len - p->sent), taken = left;

	count_add(&p->bytes_out, taken);
	p->sent += taken;
	while (left) {
		const struct iovec *iov = &p->buf.iov[p->piece];
		size_t n = MIN(iov->iov_len - p->piece_sent, left);

		if (wanted && n)
			end->ops->write(
				p->end,
				(uint8_t *)iov->iov_base + p->piece_sent, n);
		left -= n;
		p->piece_sent += n;
		if (p->piece_sent == iov->iov_len) {
			p->piece++;
			p->piece_sent = 0;
		}
	}
	return taken;
}

/* How much of what the guest sends can be taken now. */
static uint64_t room(struct console_port *p)
{
	if (!p->end || !p->end->ops->room || p->end->ops->over(p->end))
		return BATCH_BYTES;
	return MIN(p->end->ops->room(p->end), BATCH_BYTES);
}

/* Takes buffers, up to @most bytes, within @limit buffers. */
static enum worker_turn take_some(struct console_port *p, unsigned limit,
				  uint64_t most)
{
	for (unsigned i = 0; i < limit; i++) {
		if (!next_buf(p))
			return WORKER_IDLE;
		most -= take(p, most);
		if (p->sent < p->buf.out_len)
			return WORKER_WAITS;
		give_buf_back(p);
	}
	return WORKER_BUSY;
}

enum worker_turn console_send(struct console_port *p)
{
	uint64_t most = room(p);
	enum worker_turn turn = take_some(p, BATCH, most);

	vq_commit(tx(p));
	console_look(p);
	if (turn != WORKER_WAITS)
		return turn;
	/* There was no room, or not for so much at once. */
	if (room(p))
		return WORKER_BUSY;
	count_add(&p->waits, 1);
	return WORKER_WAITS;
}

void console_send_rest(struct console_port *p)
{
	take_some(p, tx(p)->size, REST_BYTES);
	if (p->has_buf)
		vq_rewind(tx(p), &p->buf);
	p->has_buf = false;
	vq_commit(tx(p));
}
