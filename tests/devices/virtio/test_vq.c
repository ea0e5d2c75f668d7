/* SPDX-License-Identifier: BSD-2-Clause */
/* What a device may rely on, whatever the ring is like. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/vq_rig.h"

/* VIRTIO 2.7.8, 2.8.6, 2.8.18: the elements of a chain are used in the order
 * given, and it comes back by the id of its head (split) or its last descriptor
 * (packed) */
START_TEST(a_buffer_goes_there_and_back)
{
	struct rig *rig = rig_new(_i, 16);
	struct driver_seg seg[] = {
		{ DRIVER_DATA, 10, false },
		{ DRIVER_DATA + 100, 20, false },
		{ DRIVER_DATA + 200, 30, true },
	};
	struct vq_buf *b = &rig->buf[0];

	ck_assert_int_eq(rig_pop(rig, 0), 0);
	ck_assert(driver_lend(&rig->d, seg, 3, 42));
	ck_assert_int_eq(rig_pop(rig, 0), 0);
	driver_publish(&rig->d);
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	ck_assert_uint_eq(b->n_out, 2);
	ck_assert_uint_eq(b->n_in, 1);
	ck_assert_uint_eq(b->out_len, 30);
	ck_assert_uint_eq(b->in_len, 30);
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_eq(b->iov[i].iov_base, rig->d.ram + seg[i].addr);
		ck_assert_uint_eq(b->iov[i].iov_len, seg[i].len);
	}
	vq_push(&rig->vq, b, 7);
	ck_assert(!driver_pending(&rig->d));
	vq_commit(&rig->vq);
	rig_take(rig, 42, 7);
	ck_assert(!driver_pending(&rig->d));
	ck_assert_int_eq(rig_pop(rig, 0), 0);
}
END_TEST

/* VIRTIO 2.7.4.1: framing means nothing: a buffer is cut at any two places,
 * empty pieces and all [hostile 16] */
START_TEST(spec_2_7_4_any_framing)
{
	struct rig *rig = rig_new(_i, 16);
	const uint32_t len = 12 + 8;

	for (uint32_t cut = 0; cut < (len + 1) * (len + 1); cut++) {
		uint32_t a = cut / (len + 1), b = cut % (len + 1), total = 0;
		struct driver_seg seg[] = {
			{ DRIVER_DATA, MIN(a, b), false },
			{ DRIVER_DATA + MIN(a, b), MAX(a, b) - MIN(a, b),
			  false },
			{ DRIVER_DATA + MAX(a, b), len - MAX(a, b), false },
		};

		ck_assert(driver_lend(&rig->d, seg, 3, cut));
		driver_publish(&rig->d);
		ck_assert_int_eq(rig_pop(rig, 0), 1);
		ck_assert_uint_eq(rig->buf[0].out_len, len);
		for (uint32_t i = 0; i < rig->buf[0].n_out; i++) {
			ck_assert_uint_gt(rig->iov[i].iov_len, 0);
			ck_assert_ptr_eq(rig->iov[i].iov_base,
					 rig->d.ram + DRIVER_DATA + total);
			total += (uint32_t)rig->iov[i].iov_len;
		}
		ck_assert_uint_eq(total, len);
		vq_push(&rig->vq, &rig->buf[0], 0);
		vq_commit(&rig->vq);
		rig_take(rig, cut, 0);
	}
}
END_TEST

/* VIRTIO 2.7.8.2, 2.8.9: the buffers of a batch, or of one packet, appear
 * together */
START_TEST(a_batch_appears_at_once)
{
	struct rig *rig = rig_new(_i, 16);

	for (int lap = 0; lap < 40; lap++) {
		rig_lend(rig, 5, 100, true, 1);
		driver_publish(&rig->d);
		ck_assert_int_eq(rig_gather(rig, 401, 64), 5);
		for (int i = 0; i < 5; i++) {
			vq_push(&rig->vq, &rig->buf[i], i < 4 ? 100 : 1);
			ck_assert(!driver_pending(&rig->d));
		}
		vq_commit(&rig->vq);
		for (uint64_t i = 0; i < 5; i++)
			rig_take(rig, i, i < 4 ? 100 : 1);
		ck_assert(!driver_pending(&rig->d));
	}
}
END_TEST

START_TEST(gather_takes_all_or_nothing)
{
	struct rig *rig = rig_new(_i, 16);

	rig_lend(rig, 3, 100, true, 2);
	driver_publish(&rig->d);
	ck_assert_int_eq(rig_gather(rig, 301, 64), 0);
	/* Waiting would not help. */
	ck_assert_int_eq(rig_gather(rig, 201, 2), -EMSGSIZE);
	ck_assert_int_eq(vq_gather(&rig->vq, 201, rig->buf, 64, rig->iov, 5),
			 -EMSGSIZE);
	ck_assert_int_eq(rig_gather(rig, 0, 64), 1);
	vq_rewind(&rig->vq, &rig->buf[0]);
	ck_assert_int_eq(rig_gather(rig, 200, 64), 2);
	/* The segments of both, one after the other. */
	ck_assert_ptr_eq(rig->buf[1].iov, rig->iov + 2);
	ck_assert_ptr_eq(rig->iov[3].iov_base,
			 rig->d.ram + DRIVER_DATA + 4096 + 50);
	vq_push(&rig->vq, &rig->buf[0], 100);
	vq_push(&rig->vq, &rig->buf[1], 100);
	vq_commit(&rig->vq);
	rig_take(rig, 0, 100);
	rig_take(rig, 1, 100);
	ck_assert_int_eq(rig_gather(rig, 100, 64), 1);
}
END_TEST

/* VIRTIO 2.7.9, 2.8.8: with IN_ORDER buffers are used in the order they were
 * made available, also when some of them were put back at first */
START_TEST(rewinding_gives_the_same_buffers_again)
{
	struct rig *rig = rig_new(_i, 16);

	for (int lap = 0; lap < 200; lap++) {
		int keep = lap % 5;

		rig_lend(rig, 5, 64, true, 1 + lap % 3);
		driver_publish(&rig->d);
		for (unsigned i = 0; i < 5; i++)
			ck_assert_int_eq(rig_pop(rig, i), 1);
		ck_assert_int_eq(rig_pop(rig, 5), 0);
		vq_rewind(&rig->vq, &rig->buf[keep]);
		for (int i = 0; i < keep; i++)
			vq_push(&rig->vq, &rig->buf[i], 1);
		vq_commit(&rig->vq);
		for (unsigned i = (unsigned)keep; i < 5; i++) {
			ck_assert_int_eq(rig_pop(rig, i), 1);
			ck_assert_ptr_eq(rig->iov[0].iov_base,
					 rig->d.ram + DRIVER_DATA + i * 4096);
			vq_push(&rig->vq, &rig->buf[i], 1);
		}
		vq_commit(&rig->vq);
		for (uint64_t i = 0; i < 5; i++)
			rig_take(rig, i, 1);
	}
}
END_TEST

/* VIRTIO 2.7.8, 2.8.12: without IN_ORDER buffers are used in any order; in a
 * packed ring each takes as many slots as its chain had */
START_TEST(completion_in_any_order)
{
	struct rig *rig = rig_new(_i & ~4, 16);

	for (int lap = 0; lap < 100; lap++) {
		rig_lend(rig, 5, 100, true, 1 + lap % 3);
		driver_publish(&rig->d);
		for (unsigned i = 0; i < 5; i++)
			ck_assert_int_eq(rig_pop(rig, i), 1);
		for (unsigned i = 0; i < 5; i++)
			vq_push(&rig->vq, &rig->buf[(i * 3 + 1) % 5], i + 1);
		vq_commit(&rig->vq);
		for (uint32_t i = 0; i < 5; i++)
			rig_take(rig, (i * 3 + 1) % 5, i + 1);
	}
}
END_TEST

/* VIRTIO 2.8.3, 2.8.4: the WRITE flag of a packed used descriptor says whether
 * anything was written, its length how much */
START_TEST(packed_used_descriptor_says_what_was_written)
{
	struct rig *rig = rig_new(_i << 1 | 1, 16);

	for (uint32_t len = 0; len <= 64; len++) {
		const struct driver_desc *d = driver_slot(&rig->d, rig->d.made);

		rig_lend(rig, 1, 64, true, 1);
		driver_publish(&rig->d);
		ck_assert_int_eq(rig_pop(rig, 0), 1);
		vq_push(&rig->vq, &rig->buf[0], len);
		vq_commit(&rig->vq);
		ck_assert_int_eq(d->packed.flags & DESC_WRITE,
				 len ? DESC_WRITE : 0);
		ck_assert_uint_eq(d->len, len);
		rig_take(rig, 0, len);
	}
}
END_TEST

START_TEST(in_order_must_be_in_order)
{
	struct rig *rig = rig_new(4 | _i, 16);

	rig_lend(rig, 2, 100, true, 1);
	driver_publish(&rig->d);
	rig_pop(rig, 0);
	rig_pop(rig, 1);
	vq_push(&rig->vq, &rig->buf[1], 1);
}
END_TEST

START_TEST(written_must_fit)
{
	struct rig *rig = rig_new(_i, 16);

	rig_lend(rig, 1, 100, true, 1);
	driver_publish(&rig->d);
	rig_pop(rig, 0);
	vq_push(&rig->vq, &rig->buf[0], 101);
}
END_TEST

/* VIRTIO 2.6.1.1.1: after a queue reset its memory is not touched and no
 * notification sent; then all begins anew */
START_TEST(spec_2_6_1_stop_and_start_again)
{
	struct rig *rig = rig_new(_i, 16);
	struct virtq *vq = &rig->vq;

	driver_arm(&rig->d);
	rig_lend(rig, 3, 100, true, 1);
	driver_publish(&rig->d);
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	ck_assert_int_eq(rig_pop(rig, 1), 1);
	vq_push(vq, &rig->buf[0], 1);
	vq_stop(vq);
	ck_assert_int_eq(mprotect(rig->d.ram, DRIVER_RAM, PROT_NONE), 0);
	vq_push(vq, &rig->buf[1], 1);
	vq_commit(vq);
	vq_mute(vq);
	ck_assert(!vq_arm(vq));
	ck_assert_int_eq(rig_pop(rig, 2), 0);
	ck_assert_int_eq(rig_gather(rig, 1, 1), 0);
	ck_assert_uint_eq(rig->irqs, 0);
	mprotect(rig->d.ram, DRIVER_RAM, PROT_READ | PROT_WRITE);
	rig_start_at(rig, _i ^ 1, 8, 0);
	driver_arm(&rig->d);
	ck_assert_uint_eq(rig_round_trip(rig, 2), 1);
	/* Totals go on. */
	ck_assert_uint_eq(vq->stats.used, 3);
}
END_TEST

/* VIRTIO 2.7.5.1, 2.7.6, 2.8.14, 2.8.15: readable buffers, the driver's area
 * and a split ring's descriptors are never written */
START_TEST(spec_2_7_5_only_the_device_area_is_written)
{
	struct rig *rig = rig_new(_i, 16);
	struct vq_config *cfg = &rig->d.cfg;

	rig_lend(rig, 3, 100, false, 3);
	driver_publish(&rig->d);
	ck_assert_int_eq(mprotect(rig->d.ram, DRIVER_RAM, PROT_READ), 0);
	mprotect(rig->d.ram + (cfg->packed ? cfg->desc : cfg->device), 4096,
		 PROT_READ | PROT_WRITE);
	mprotect(rig->d.ram + cfg->device, 4096, PROT_READ | PROT_WRITE);
	vq_mute(&rig->vq);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(rig_pop(rig, i), 1);
		vq_push(&rig->vq, &rig->buf[i], 0);
	}
	vq_commit(&rig->vq);
	vq_arm(&rig->vq);
	for (uint64_t i = 0; i < 3; i++)
		rig_take(rig, i, 0);
}
END_TEST

/* VIRTIO 2.7.2: a legacy queue is contiguous, its used ring on a page of its
 * own */
START_TEST(spec_2_7_2_legacy_layout)
{
	struct vq_config cfg = rig_config(_i << 1, 256);
	struct rig rig = { .d.ram = NULL };

	cfg.desc = 0x123000;
	cfg.driver = cfg.desc + 16 * 256;
	cfg.device = ALIGN_UP(cfg.driver + 6 + 2 * 256, 4096);
	driver_init(&rig.d, &cfg, DRIVER_DIRECT, driver_ram(), 0);
	ck_assert_int_eq(driver_start(&rig.d, &rig.vq, rig_irq, &rig), 0);
	for (int lap = 0; lap < 300; lap++) {
		driver_arm(&rig.d);
		ck_assert_uint_eq(rig_round_trip(&rig, 7), 1);
	}
	driver_free(&rig.d);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_buffer_goes_there_and_back,
		spec_2_7_4_any_framing,
		a_batch_appears_at_once,
		gather_takes_all_or_nothing,
		rewinding_gives_the_same_buffers_again,
		completion_in_any_order,
		spec_2_6_1_stop_and_start_again,
		spec_2_7_5_only_the_device_area_is_written,
		NULL,
	};
	const TTest *const twice[] = {
		spec_2_7_2_legacy_layout,
		packed_used_descriptor_says_what_was_written,
		NULL,
	};
	Suite *suite = suite_create("vq");

	rig_add(suite, tests, RIG_MODES);
	rig_add(suite, twice, 2);
	tcase_add_loop_test_raise_signal(
		rig_case(suite, in_order_must_be_in_order),
		in_order_must_be_in_order, SIGABRT, 0, 2);
	tcase_add_loop_test_raise_signal(rig_case(suite, written_must_fit),
					 written_must_fit, SIGABRT, 0, 2);
	return unit_run(suite);
}
