/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In what order the rings are accessed, and with what memory order.
 *
 * x86 hides most mistakes in this, so nothing is run here against another
 * thread: the queue is built upon primitives that write down what they are
 * asked for, and the record is compared with what VIRTIO 1.2 sections 2.7
 * and 2.8 need.  Between two stores of one batch that no one can see yet
 * the order is free in principle; the tests hold it all the same.
 */
#define VQ_RECORDED

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/vq_rig.h"

static void record(const char *what, const void *p, int order);

#define vq_load(p, order) (record("load", p, order), __atomic_load_n(p, order))
#define vq_store(p, value, order)                                              \
	do {                                                                   \
		record("store", p, order);                                     \
		__atomic_store_n(p, value, order);                             \
	} while (0)
#define vq_fence(order) record("fence", NULL, order)
#define vq_copy(desc, from)                                                    \
	do {                                                                   \
		record("copy", from, __ATOMIC_RELAXED);                        \
		memcpy(desc, from, 16);                                        \
	} while (0)

#include "devices/virtio/vq.c"

#include "devices/virtio/vq_packed.c"
#include "devices/virtio/vq_split.c"

static char trace[4096];
static struct rig *rig;

__attribute__((format(printf, 1, 2))) static void note(const char *fmt, ...)
{
	size_t len = strlen(trace);
	va_list args;

	va_start(args, fmt);
	vsnprintf(trace + len, sizeof(trace) - len, fmt, args);
	va_end(args);
}

/* Name the field at offset @off of the descriptors. */
static void note_desc(const char *what, unsigned off)
{
	const char *const split[] = { ".addr", ".len", ".flags", ".next" };
	const char *const packed[] = { ".addr", ".len", ".id", ".flags" };
	unsigned field = off % 16 < 8  ? 0 :
			 off % 16 < 12 ? 1 :
			 off % 16 < 14 ? 2 :
					 3;
	bool copy = !strcmp(what, "copy");

	note("%s desc[%u]%s\n", what, off / 16,
	     copy	       ? "" :
	     rig->d.cfg.packed ? packed[field] :
				 split[field]);
}

static void note_driver_area(const char *what, unsigned off)
{
	unsigned i = off / 2 - 2;

	if (rig->d.cfg.packed)
		note("%s driver_event\n", what);
	else if (off < 4)
		note("%s avail.%s\n", what, off ? "idx" : "flags");
	else if (i == rig->d.cfg.size)
		note("%s used_event\n", what);
	else
		note("%s avail.ring[%u]\n", what, i);
}

static void note_device_area(const char *what, unsigned off)
{
	unsigned i = (off - 4) / 8;

	if (rig->d.cfg.packed)
		note("%s device_event\n", what);
	else if (off < 4)
		note("%s used.%s\n", what, off ? "idx" : "flags");
	else if (i == rig->d.cfg.size)
		note("%s avail_event\n", what);
	else
		note("%s used.ring[%u].%s\n", what, i, off & 4 ? "id" : "len");
}

static void record(const char *op, const void *p, int order)
{
	static const char *const orders[] = {
		[__ATOMIC_RELAXED] = "",
		[__ATOMIC_ACQUIRE] = " acquire",
		[__ATOMIC_RELEASE] = " release",
		[__ATOMIC_ACQ_REL] = " acq_rel",
		[__ATOMIC_SEQ_CST] = " seq_cst",
	};
	uint64_t gpa = (uint64_t)((const uint8_t *)p - rig->d.ram);
	unsigned off = gpa & 0xfffff;
	char what[32];

	snprintf(what, sizeof(what), "%s%s", op, orders[order]);
	if (!p)
		note("%s\n", what);
	else if (gpa - off == rig->d.cfg.desc)
		note_desc(what, off);
	else if (gpa - off == rig->d.cfg.driver)
		note_driver_area(what, off);
	else if (gpa - off == rig->d.cfg.device)
		note_device_area(what, off);
	else
		note("%s table[%u]\n", what, off / 16);
}

static void interrupt(void *arg)
{
	(void)arg;
	note("interrupt\n");
}

/* IN_ORDER, so that the driver too uses descriptors in ring order. */
static void setup(int mode)
{
	rig = rig_new(mode | 4, 16);
	rig->vq.interrupt = interrupt;
}

static void lend(unsigned n, unsigned pieces, bool write)
{
	rig_lend(rig, n, 64, write, pieces);
	driver_publish(&rig->d);
	trace[0] = '\0';
}

static void expect(const char *split, const char *packed)
{
	ck_assert_str_eq(trace, rig->d.cfg.packed ? packed : split);
	trace[0] = '\0';
}

/* VIRTIO 2.7.13, 2.8.15: a buffer is looked at after it was seen to be
 * available (acquire), each descriptor once */
START_TEST(pop_order)
{
	setup(_i);
	lend(2, 2, false);
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	expect("load acquire avail.idx\n"
	       "load avail.ring[0]\n"
	       "copy desc[0]\n"
	       "copy desc[1]\n",
	       "load acquire desc[0].flags\n"
	       "copy desc[0]\n"
	       "copy desc[1]\n");
	ck_assert_int_eq(rig_pop(rig, 1), 1);
	/* Split: the index was read for both. */
	expect("load avail.ring[1]\n"
	       "copy desc[2]\n"
	       "copy desc[3]\n",
	       "load acquire desc[2].flags\n"
	       "copy desc[2]\n"
	       "copy desc[3]\n");
	ck_assert_int_eq(rig_pop(rig, 2), 0);
	expect("load acquire avail.idx\n", "load acquire desc[4].flags\n");
}
END_TEST

/* VIRTIO 2.7.5.3, 2.8.7: an indirect table is read after the descriptor it
 * belongs to, each descriptor once */
START_TEST(pop_order_indirect)
{
	setup(_i | DRIVER_INDIRECT << 3);
	lend(1, 3, false);
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	expect("load acquire avail.idx\n"
	       "load avail.ring[0]\n"
	       "copy desc[0]\n"
	       "copy table[0]\n"
	       "copy table[2]\n"
	       "copy table[1]\n",
	       "load acquire desc[0].flags\n"
	       "copy desc[0]\n"
	       "copy table[0]\n"
	       "copy table[1]\n"
	       "copy table[2]\n");
}
END_TEST

static void pop_and_push(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert_int_eq(rig_pop(rig, i), 1);
	trace[0] = '\0';
	for (unsigned i = 0; i < n; i++)
		vq_push(&rig->vq, &rig->buf[i], 1);
}

/* VIRTIO 2.7.8.2, 2.8.15: id and length are written before what publishes them
 * (release), nothing afterwards; a full fence is between that and reading
 * whether to interrupt */
START_TEST(used_order_of_one)
{
	setup(_i);
	driver_arm(&rig->d);
	lend(1, 2, true);
	pop_and_push(1);
	expect("store used.ring[0].id\n"
	       "store used.ring[0].len\n",
	       "store desc[0].id\n"
	       "store desc[0].len\n");
	vq_commit(&rig->vq);
	expect(_i & 2 ? "store release used.idx\n"
			"fence seq_cst\n"
			"load used_event\n"
			"interrupt\n" :
			"store release used.idx\n"
			"fence seq_cst\n"
			"load avail.flags\n"
			"interrupt\n",
	       "store release desc[0].flags\n"
	       "fence seq_cst\n"
	       "load driver_event\n"
	       "interrupt\n");
	vq_commit(&rig->vq);
	expect("", "");
}
END_TEST

/* VIRTIO 2.8.9, 2.7.8.2: of a batch the first buffer is published last; a split
 * ring's index once */
START_TEST(used_order_of_a_batch)
{
	setup(_i);
	driver_mute(&rig->d);
	lend(3, 2, true);
	pop_and_push(3);
	expect("store used.ring[0].id\n"
	       "store used.ring[0].len\n"
	       "store used.ring[1].id\n"
	       "store used.ring[1].len\n"
	       "store used.ring[2].id\n"
	       "store used.ring[2].len\n",
	       "store desc[0].id\n"
	       "store desc[0].len\n"
	       "store desc[2].id\n"
	       "store desc[2].len\n"
	       "store release desc[2].flags\n"
	       "store desc[4].id\n"
	       "store desc[4].len\n"
	       "store release desc[4].flags\n");
	vq_commit(&rig->vq);
	expect(_i & 2 ? "store release used.idx\n"
			"fence seq_cst\n"
			"load used_event\n" :
			"store release used.idx\n"
			"fence seq_cst\n"
			"load avail.flags\n",
	       _i & 2 ? "store release desc[0].flags\n"
			"fence seq_cst\n"
			"load driver_event\n" :
			"store release desc[0].flags\n"
			"fence seq_cst\n"
			"load driver_event\n");
}
END_TEST

/* VIRTIO 2.7.10, 2.8.10: the wish for a kick is stated, then, after a full
 * fence, looked at the ring once more where the device looked last */
START_TEST(arm_order)
{
	setup(_i);
	lend(2, 1, true);
	ck_assert_int_eq(rig_gather(rig, 1000, 64), 0);
	trace[0] = '\0';
	ck_assert(!vq_arm(&rig->vq));
	expect(_i & 2 ? "store avail_event\n"
			"fence seq_cst\n"
			"load acquire avail.idx\n" :
			"store used.flags\n"
			"fence seq_cst\n"
			"load acquire avail.idx\n",
	       "store device_event\n"
	       "fence seq_cst\n"
	       "load acquire desc[2].flags\n");
}
END_TEST

START_TEST(mute_order)
{
	setup(_i);
	vq_mute(&rig->vq);
	expect(_i & 2 ? "" : "store used.flags\n", "store device_event\n");
}
END_TEST

/* VIRTIO 2.4.1, 2.6.1.1.1: a queue that is stopped, or broken, leaves its rings
 * alone */
START_TEST(broken_is_quiet)
{
	setup(_i);
	lend(2, 1, true);
	pop_and_push(1);
	trace[0] = '\0';
	if (_i & 8)
		vq_stop(&rig->vq);
	else
		rig->vq.broken = "by a test";
	vq_push(&rig->vq, &rig->buf[0], 1);
	vq_commit(&rig->vq);
	vq_mute(&rig->vq);
	ck_assert(!vq_arm(&rig->vq));
	ck_assert_int_le(rig_pop(rig, 0), 0);
	ck_assert_int_le(rig_gather(rig, 1, 1), 0);
	expect("", "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pop_order,
		pop_order_indirect,
		used_order_of_one,
		used_order_of_a_batch,
		arm_order,
		mute_order,
		NULL,
	};
	const TTest *const quiet[] = { broken_is_quiet, NULL };
	Suite *suite = suite_create("vq_trace");

	rig_add(suite, tests, 4);
	rig_add(suite, quiet, 16);
	return unit_run(suite);
}
