/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile rings: indices, events, addresses and sizes. */
#include "tests/vq_hostile.h"

START_TEST(h4_head_off_the_table)
{
	struct rig *rig = hostile_rig(SPLIT, 1);

	driver_avail(&rig->d)[2] = SIZE;
	expect_broken(rig, "off the table");
}
END_TEST

START_TEST(h5_same_head_twice)
{
	struct rig *rig = hostile_rig(SPLIT, 1);
	uint16_t *avail = driver_avail(&rig->d);

	avail[3] = avail[2];
	avail[1] = 2;
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(rig_pop(rig, i), 1);
		vq_push(&rig->vq, &rig->buf[i], 0);
	}
	vq_commit(&rig->vq);
	ck_assert_uint_eq(driver_device(&rig->d)[1], 2);
}
END_TEST

START_TEST(h6_index_jumps)
{
	struct rig *rig = hostile_rig(SPLIT, 1);

	driver_avail(&rig->d)[1] = SIZE + 1;
	expect_broken(rig, "beyond the ring");
}
END_TEST

/* The same with buffers in the device's hands, which count. */
START_TEST(h6_index_jumps_while_borrowed)
{
	struct rig *rig = hostile_rig(SPLIT, 1);

	ck_assert_int_eq(rig_pop(rig, 0), 1);
	driver_avail(&rig->d)[1] = SIZE + 1;
	expect_broken(rig, "beyond the ring");
}
END_TEST

START_TEST(h7_index_steps_back)
{
	struct rig *rig = hostile_rig(SPLIT, 1);

	ck_assert_int_eq(rig_pop(rig, 0), 1);
	driver_avail(&rig->d)[1] = 0;
	expect_broken(rig, "beyond the ring");
}
END_TEST

/* Lent, looked at, rewound, and then withdrawn: arm must not spin on it. */
START_TEST(h7_a_buffer_is_taken_back)
{
	struct rig *rig = rig_new(_i, SIZE);

	rig_lend(rig, 3, 64, true, 1);
	driver_publish(&rig->d);
	ck_assert_int_eq(rig_gather(rig, 1000, 64), 0);
	if (_i == PACKED) {
		driver_desc(&rig->d, 0)->packed.flags = 0;
		driver_desc(&rig->d, 3)->packed.flags = DESC_AVAIL;
		ck_assert(vq_arm(&rig->vq));
		expect_broken(rig, "taken back");
		return;
	}
	driver_avail(&rig->d)[1] = 2;
	ck_assert(vq_arm(&rig->vq));
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(rig_pop(rig, i), 1);
	expect_broken(rig, "taken back");
}
END_TEST

/* What is offered during a pass waits for the next one. */
START_TEST(h8_work_without_commit_is_bounded)
{
	struct rig *rig = hostile_rig(_i, 1);
	unsigned n = 0;
	int r;

	/* The driver lends the first buffer again and again. */
	while ((r = rig_pop(rig, 0)) > 0 && ++n < 100) {
		vq_push(&rig->vq, &rig->buf[0], 0);
		if (_i == PACKED)
			driver_desc(&rig->d, n % SIZE)->packed.flags =
				n / SIZE & 1 ? DESC_USED : DESC_AVAIL;
		else
			driver_avail(&rig->d)[1]++;
	}
	ck_assert_int_eq(r, -EPROTO);
	ck_assert_uint_eq(n, SIZE);
}
END_TEST

static int try_start(const struct vq_config *cfg)
{
	static struct virtq vq;
	struct rig *rig = rig_new(SPLIT, SIZE);
	int r = vq_start(&vq, cfg, &rig->d.mem, rig_irq, rig);
	struct vq_buf b;

	/* A queue that did not start does nothing. */
	ck_assert(!r || !vq_pop(&vq, &b, rig->iov, RIG_IOV));
	ck_assert(!r || !vq_arm(&vq));
	vq_commit(&vq);
	return r;
}

/* VIRTIO 2.7, 2.8.10: the whole of each ring must be in RAM, or the queue does
 * not start */
START_TEST(h29_rings_not_in_ram)
{
	const uint64_t bad[] = { END, END - 16, UINT64_C(0xfee00000),
				 UINT64_MAX - 15, UINT64_C(0x100000000) };
	struct vq_config good = rig_config(_i, SIZE);

	good.desc = 0x1000;
	good.driver = 0x2000;
	good.device = 0x3000;
	ck_assert_int_eq(try_start(&good), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct vq_config cfg = good;
		/* There the packed event structures would just fit. */
		bool fits = _i == PACKED && bad[i] == END - 16;

		cfg.desc = bad[i];
		ck_assert_int_eq(try_start(&cfg), -EFAULT);
		cfg = good;
		cfg.driver = bad[i];
		ck_assert_int_eq(try_start(&cfg), fits ? 0 : -EFAULT);
		cfg = good;
		cfg.device = bad[i];
		ck_assert_int_eq(try_start(&cfg), fits ? 0 : -EFAULT);
	}
	/* To the last byte of RAM, and not one further. */
	good.desc = END - 16 * SIZE;
	ck_assert_int_eq(try_start(&good), 0);
	good.driver = END - (_i == PACKED ? 4 : 6 + 2 * SIZE);
	ck_assert_int_eq(try_start(&good), 0);
	good.device = END - (_i == PACKED ? 4 : 8 + 8 * SIZE);
	ck_assert_int_eq(try_start(&good), 0);
	good.device += 4;
	ck_assert_int_eq(try_start(&good), -EFAULT);
}
END_TEST

/* VIRTIO 2.7, 2.8.10.1: rings are aligned as their parts need, or the queue
 * does not start */
START_TEST(h30_rings_misaligned)
{
	struct vq_config cfg = rig_config(_i, SIZE);

	for (unsigned off = 0; off < 16; off++) {
		cfg.desc = 0x1000 + off;
		cfg.driver = 0x2000;
		cfg.device = 0x3000;
		ck_assert_int_eq(try_start(&cfg), off ? -EINVAL : 0);
		cfg.desc = 0x1000;
		cfg.driver = 0x2000 + off;
		ck_assert_int_eq(try_start(&cfg),
				 off % (_i == PACKED ? 4 : 2) ? -EINVAL : 0);
		cfg.driver = 0x2000;
		cfg.device = 0x3000 + off;
		ck_assert_int_eq(try_start(&cfg), off % 4 ? -EINVAL : 0);
	}
}
END_TEST

/* Garbage, but in memory that is the guest's own. */
START_TEST(h31_rings_overlap)
{
	struct rig *rig = rig_new(_i, SIZE);
	struct vq_config cfg = rig_config(_i, SIZE);

	cfg.desc = cfg.driver = cfg.device = 0x1000;
	ck_assert_int_eq(vq_start(&rig->vq, &cfg, &rig->d.mem, rig_irq, rig),
			 0);
	for (unsigned n = 0; n < 1000; n++) {
		for (unsigned i = 0; i < 16 * SIZE; i++)
			rig->d.ram[0x1000 + i] =
				(uint8_t)driver_random(&rig->d);
		vq_arm(&rig->vq);
		if (rig_pop(rig, 0) > 0)
			vq_push(&rig->vq, &rig->buf[0], 0);
		vq_commit(&rig->vq);
		if (rig->vq.broken)
			vq_start(&rig->vq, &cfg, &rig->d.mem, rig_irq, rig);
	}
}
END_TEST

/* VIRTIO 2.7, 2.8.10.1: a split queue's size is a power of 2, a packed one's
 * any number, to 32768 */
START_TEST(h32_h33_h42_sizes)
{
	for (uint32_t size = 0; size < 65536; size++) {
		struct vq_config cfg = rig_config(_i, (uint16_t)size);
		bool power = size && !(size & (size - 1));
		bool ok = size <= VQ_SIZE_MAX && (_i == PACKED ? size : power);

		cfg.desc = 0x1000;
		cfg.driver = 0x200000;
		cfg.device = 0x300000;
		ck_assert_int_eq(try_start(&cfg), ok ? 0 : -EINVAL);
	}
}
END_TEST

/* Only its own interrupts suffer. */
START_TEST(h46_used_event_is_random)
{
	struct rig *rig = rig_new(2 | _i, SIZE);

	for (unsigned i = 0; i < 10000; i++) {
		for (unsigned k = 0; k < 3 + SIZE; k++)
			if (_i == PACKED ? k < 2 : k == 2 + SIZE)
				driver_avail(&rig->d)[k] =
					(uint16_t)driver_random(&rig->d);
		rig_lend(rig, 1, 64, true, 1);
		driver_publish(&rig->d);
		ck_assert_int_eq(rig_pop(rig, 0), 1);
		vq_push(&rig->vq, &rig->buf[0], 1);
		vq_commit(&rig->vq);
		rig_take(rig, 0, 1);
	}
}
END_TEST

START_TEST(h47_packed_event_flags)
{
	static const struct {
		uint16_t off_wrap, flags;
		bool event_idx;
	} event[] = {
		{ 0, 3, true },	     { 0, 3, false },	  { 9, 2, false },
		{ SIZE, 2, true },   { 0x7fff, 2, true }, { 0xffff, 2, true },
		{ 0x8000, 4, true },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(event); i++) {
		struct rig *rig =
			hostile_rig(PACKED | event[i].event_idx << 1, 1);

		driver_avail(&rig->d)[0] = event[i].off_wrap;
		driver_avail(&rig->d)[1] = event[i].flags;
		ck_assert_int_eq(rig_pop(rig, 0), 1);
		vq_push(&rig->vq, &rig->buf[0], 0);
		vq_commit(&rig->vq);
		ck_assert_uint_eq(rig->irqs, 1);
	}
}
END_TEST

START_TEST(h48_packed_partial_chain)
{
	struct rig *rig = hostile_rig(PACKED, 3);

	driver_desc(&rig->d, 2)->packed.flags ^= DESC_AVAIL;
	expect_broken(rig, "partly");
}
END_TEST

/* VIRTIO 2.8.6: buffer ids are the driver's business: any value comes back as
 * it was */
START_TEST(h49_packed_ids_are_opaque)
{
	struct rig *rig = rig_new(PACKED, SIZE);

	for (unsigned id = 0; id < 65536; id++) {
		rig_lend(rig, 1, 64, true, 1);
		driver_slot(&rig->d, rig->d.made - 1)->packed.id = (uint16_t)id;
		driver_publish(&rig->d);
		ck_assert_int_eq(rig_pop(rig, 0), 1);
		vq_push(&rig->vq, &rig->buf[0], 1);
		vq_commit(&rig->vq);
		ck_assert_uint_eq(driver_slot(&rig->d, rig->d.used)->packed.id,
				  id);
		driver_slot(&rig->d, rig->d.used)->packed.id =
			rig->d.id_mask ^ rig->d.fifo[id % SIZE];
		rig_take(rig, 0, 1);
	}
}
END_TEST

/* VIRTIO 2.8.15: flags are written from the device's own counters, never
 * derived from memory, which is not its alone */
START_TEST(h50_packed_flags_rewritten)
{
	struct rig *rig = hostile_rig(PACKED, 1);

	ck_assert_int_eq(rig_pop(rig, 0), 1);
	driver_desc(&rig->d, 0)->packed.flags = 0xffff;
	vq_push(&rig->vq, &rig->buf[0], 0);
	vq_commit(&rig->vq);
	ck_assert_uint_eq(driver_desc(&rig->d, 0)->packed.flags,
			  DESC_AVAIL | DESC_USED);
}
END_TEST

int main(void)
{
	const TTest *const both[] = {
		h7_a_buffer_is_taken_back, h8_work_without_commit_is_bounded,
		h29_rings_not_in_ram,	   h30_rings_misaligned,
		h31_rings_overlap,	   h32_h33_h42_sizes,
		h46_used_event_is_random,  NULL,
	};
	const TTest *const one[] = {
		h4_head_off_the_table,
		h5_same_head_twice,
		h6_index_jumps,
		h6_index_jumps_while_borrowed,
		h7_index_steps_back,
		h47_packed_event_flags,
		h48_packed_partial_chain,
		h49_packed_ids_are_opaque,
		h50_packed_flags_rewritten,
		NULL,
	};
	Suite *suite = suite_create("vq_rings");

	rig_add(suite, both, 2);
	rig_add(suite, one, 1);
	return unit_run(suite);
}
