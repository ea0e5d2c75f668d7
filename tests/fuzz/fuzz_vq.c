/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_vq.c - libFuzzer harness: a queue on one thread, a hostile guest on
 * that thread and on a second one
 *
 * An input is as vq_guest.h says.  Some commands are the guest's (make a
 * buffer available, or write anything anywhere), some the device's (pop,
 * gather, push, rewind, commit, arm, mute, reset).  In a race the writes are
 * also made by the second thread, over and over, while the device works.
 *
 * Whatever the guest does: segments lie in guest RAM, positions keep their
 * order, a broken queue stays broken.  And while nobody races: only the
 * device area is written, and vq_arm never says "more" when there is none.
 */
#include <errno.h>
#include <string.h>

#include "tests/fuzz/check.h"
#include "tests/fuzz/vq_guest.h"

enum { N_IOV = 40, N_BUF = 64 };

enum op {
	OP_WRITE,
	OP_LEND,
	OP_POP,
	OP_GATHER,
	OP_PUSH,
	OP_REWIND,
	OP_COMMIT,
	OP_ARM,
	OP_MUTE,
	OP_RESET,
	N_OPS,
};

struct fuzz {
	struct guest guest;
	struct virtq vq;
	struct vq_buf buf[N_BUF];
	struct iovec iov[N_BUF][N_IOV];
	/* Buffers on loan, oldest first. */
	unsigned n_buf;
};

/* --- what must hold ------------------------------------------------- */

static uint32_t distance(const struct virtq *vq, uint16_t from, uint16_t to)
{
	return (to + vq->modulus - from) % vq->modulus;
}

static void check_positions(const struct virtq *vq)
{
	uint32_t avail = distance(vq, vq->used, vq->avail);
	uint32_t seen = distance(vq, vq->used, vq->seen);

	if (!vq->ops)
		return;
	check(vq->staged <= avail);
	check(avail <= seen);
	check(seen <= vq->size);
}

static void check_buf(const struct fuzz *f, const struct vq_buf *b)
{
	uint64_t out = 0, in = 0;

	check(b->n_out + b->n_in <= N_IOV);
	for (uint32_t i = 0; i < b->n_out + b->n_in; i++) {
		const uint8_t *p = b->iov[i].iov_base;
		size_t len = b->iov[i].iov_len;

		check(len && p >= f->guest.ram && len <= RAM);
		check(p + len <= f->guest.ram + RAM);
		*(i < b->n_out ? &out : &in) += len;
	}
	check(out == b->out_len && in == b->in_len);
}

/* --- the device ----------------------------------------------------- */

static void interrupt(void *arg)
{
	struct fuzz *f = arg;

	check(f->vq.ops && !f->vq.broken);
}

static void op_pop(struct fuzz *f, const struct command *c)
{
	unsigned i = f->n_buf;
	int r;

	if (i == N_BUF)
		return;
	r = vq_pop(&f->vq, &f->buf[i], f->iov[i], 1 + c->value % N_IOV);
	check(r == 1 || r == 0 || r == -EPROTO);
	if (r == 1)
		check_buf(f, &f->buf[f->n_buf++]);
}

static void op_gather(struct fuzz *f, const struct command *c)
{
	unsigned i = f->n_buf;
	int room = (int)(N_BUF - i), r;

	if (!room)
		return;
	r = vq_gather(&f->vq, c->value, &f->buf[i], MIN(room, 1 + c->arg % 8),
		      f->iov[i], N_IOV);
	check(r <= room);
	check(r >= 0 || r == -EPROTO || r == -EMSGSIZE);
	for (int k = 0; k < r; k++, i++) {
		check_buf(f, &f->buf[i]);
		/* To an iovec of its own, as when popped. */
		memmove(f->iov[i], f->buf[i].iov,
			(f->buf[i].n_out + f->buf[i].n_in) * sizeof(**f->iov));
		f->buf[i].iov = f->iov[i];
		f->n_buf++;
	}
}

/* The oldest, or any if the order is free. */
static void op_push(struct fuzz *f, const struct command *c)
{
	unsigned i = f->guest.cfg.in_order || !f->n_buf ? 0 : c->arg % f->n_buf;
	struct vq_buf *b = &f->buf[i];

	if (!f->n_buf)
		return;
	if (f->guest.race)
		for (uint32_t k = 0; k < b->n_in; k++)
			memset(b->iov[b->n_out + k].iov_base, c->value,
			       b->iov[b->n_out + k].iov_len);
	vq_push(&f->vq, b, (uint32_t)MIN(c->value, b->in_len));
	f->n_buf--;
	for (; i < f->n_buf; i++) {
		f->buf[i] = f->buf[i + 1];
		memcpy(f->iov[i], f->iov[i + 1], sizeof(f->iov[i]));
		f->buf[i].iov = f->iov[i];
	}
}

static void op_rewind(struct fuzz *f, const struct command *c)
{
	/* Only queues used in order may be rewound. */
	if (!f->n_buf || !f->guest.cfg.in_order)
		return;
	f->n_buf = c->arg % f->n_buf;
	vq_rewind(&f->vq, &f->buf[f->n_buf]);
}

/* If there is more, looking at it must lead somewhere. */
static void op_arm(struct fuzz *f)
{
	uint16_t seen = f->vq.seen;
	struct command pop = { .value = N_IOV - 1 };

	if (!vq_arm(&f->vq) || f->guest.race)
		return;
	while (f->n_buf < N_BUF && f->vq.seen == seen && !f->vq.broken) {
		unsigned before = f->n_buf;

		op_pop(f, &pop);
		check(f->n_buf > before || f->vq.broken);
	}
}

static void op_reset(struct fuzz *f)
{
	vq_stop(&f->vq);
	f->n_buf = 0;
	vq_start(&f->vq, &f->guest.cfg, &f->guest.mem, interrupt, f);
}

static void device(struct fuzz *f, const struct command *c)
{
	bool broken = f->vq.broken;
	enum op op = c->op % N_OPS;

	switch (op) {
	case OP_POP:
		op_pop(f, c);
		break;
	case OP_GATHER:
		op_gather(f, c);
		break;
	case OP_PUSH:
		op_push(f, c);
		break;
	case OP_REWIND:
		op_rewind(f, c);
		break;
	case OP_COMMIT:
		vq_commit(&f->vq);
		break;
	case OP_ARM:
		op_arm(f);
		break;
	case OP_MUTE:
		vq_mute(&f->vq);
		break;
	default:
		op_reset(f);
	}
	check(!broken || f->vq.broken || op == OP_RESET);
	check_positions(&f->vq);
}

static void step(struct fuzz *f, const struct command *c)
{
	switch (c->op % N_OPS) {
	case OP_WRITE:
		guest_write(&f->guest, c);
		guest_forget(&f->guest);
		break;
	case OP_LEND:
		guest_lend(&f->guest, c);
		guest_forget(&f->guest);
		break;
	default:
		guest_remember(&f->guest);
		device(f, c);
		guest_check(&f->guest);
	}
}

static void run(struct fuzz *f, const struct command *command, size_t n)
{
	f->n_buf = 0;
	f->vq = (struct virtq){ .ops = NULL };
	if (!guest_start(&f->guest, &f->vq, interrupt, f))
		return;
	for (size_t i = 0; i < n; i++)
		step(f, &command[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct command command[COMMANDS_MAX];
	static struct fuzz f;
	size_t n = guest_commands(data, size, command);
	unsigned rounds;

	guest_init(&f.guest, data, size, VQ_SIZE_MAX);
	rounds = guest_race(&f.guest, command, n, OP_WRITE, N_OPS);
	while (rounds--)
		run(&f, command, n);
	guest_race_stop();
	return 0;
}
