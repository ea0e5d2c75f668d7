/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_vq.c - libFuzzer harness: a queue on one thread, a hostile guest on
 * that thread and on a second one
 *
 * An input is a header of 8 bytes, then commands of 4 bytes each.  Some are
 * the guest's (make a buffer available, or write anything anywhere), some
 * the device's (pop, gather, push, rewind, commit, arm, mute, reset).  With
 * the header's RACE bit the writes are also made by the second thread, over
 * and over, while the device works.
 *
 * Whatever the guest does: segments lie in guest RAM, positions keep their
 * order, a broken queue stays broken.  And while nobody races: only the
 * device area is written, and vq_arm never says "more" when there is none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/vq_guest.h"

struct fuzz {
	struct guest guest;
	struct virtq vq;
	struct vq_buf buf[N_BUF];
	struct iovec iov[N_BUF][N_IOV];
	/* Buffers on loan, oldest first. */
	unsigned n_buf;
	bool race;
	/* RAM as the guest left it, if compare. */
	bool compare;
	uint8_t before[RAM];
};

#define check(cond)                                                            \
	do {                                                                   \
		if (!(cond)) {                                                 \
			fprintf(stderr, "fuzz_vq: %s:%d: %s\n", __FILE__,      \
				__LINE__, #cond);                              \
			abort();                                               \
		}                                                              \
	} while (0)

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

/* Nobody races: all but the device's own areas is as it was. */
static void check_memory(const struct fuzz *f)
{
	const struct vq_config *cfg = &f->guest.cfg;
	uint64_t from = cfg->device, to;

	to = from + (cfg->packed ? 4 : 6 + 8 * cfg->size);
	if (cfg->packed) {
		from = MIN(from, cfg->desc);
		to = MAX(to, cfg->desc + 16 * cfg->size);
	}
	check(!memcmp(f->before, f->guest.ram, from));
	check(!memcmp(f->before + to, f->guest.ram + to, RAM - to));
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
	if (f->race)
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

	if (!vq_arm(&f->vq) || f->race)
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
		guest_write(f->guest.ram, c);
		f->compare = false;
		return;
	case OP_LEND:
		guest_lend(&f->guest, c);
		f->compare = false;
		return;
	}
	if (!f->race && !f->compare)
		memcpy(f->before, f->guest.ram, RAM);
	f->compare = !f->race;
	device(f, c);
	if (f->compare)
		check_memory(f);
}

/* The header: features, size and where the rings are. */
static void set_up(struct fuzz *f, const uint8_t *h)
{
	struct guest *g = &f->guest;

	if (!g->ram)
		g->ram = guest_ram();
	memset(g->ram, 0, RAM);
	g->mem = (struct mem){
		.region = { { 0, RAM, g->ram } },
		.n_regions = 1,
		.size = RAM,
	};
	g->made = 0;
	g->cfg = (struct vq_config){
		.desc = (h[4] & 1) * 512u,
		.driver = 1024 + h[5] * 4u,
		.device = 2048 + h[6] * 4u,
		/* Mostly small, so that the rings wrap. */
		.size = h[1] & 0x80 ? (uint16_t)(h[2] << 8 | h[3]) :
				      1 + (h[1] & 63),
		.packed = h[0] & PACKED,
		.event_idx = h[0] & EVENT_IDX,
		.indirect = h[0] & INDIRECT,
		.in_order = h[0] & IN_ORDER,
	};
	f->race = h[0] & RACE;
	f->compare = false;
	f->n_buf = 0;
	f->vq = (struct virtq){ .ops = NULL };
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	racer_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct command command[COMMANDS_MAX];
	static struct fuzz f;
	size_t n = size < 8 ? 0 : MIN((size - 8) / 4, COMMANDS_MAX);

	if (!n)
		return 0;
	set_up(&f, data);
	memcpy(command, data + 8, n * sizeof(command[0]));
	if (vq_start(&f.vq, &f.guest.cfg, &f.guest.mem, interrupt, &f)) {
		/* A power of two lets the split ring start too. */
		f.guest.cfg.size = 16;
		if (vq_start(&f.vq, &f.guest.cfg, &f.guest.mem, interrupt, &f))
			return 0;
	}
	if (f.race)
		race_start(&f.guest, command, n);
	for (size_t i = 0; i < n; i++)
		step(&f, &command[i]);
	if (f.race)
		race_stop();
	return 0;
}
