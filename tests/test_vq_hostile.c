/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a driver must not do to a queue.  Each input must break the queue,
 * for good and without noise, or do no harm.
 */
#include <errno.h>
#include <string.h>

#include "tests/vq_rig.h"

enum { SPLIT = 0, PACKED = 1, SIZE = 16, END = DRIVER_RAM };

/* A queue with one readable buffer of @pieces, visible; its descriptors. */
static struct rig *rig_with(int mode, unsigned pieces)
{
	struct rig *rig = rig_new(mode, SIZE);

	rig_lend(rig, 1, 64, false, pieces);
	driver_publish(&rig->d);
	return rig;
}

/* The first descriptor of that buffer. */
static struct driver_desc *head_of(struct rig *rig)
{
	if (rig->d.cfg.packed)
		return driver_desc(&rig->d, 0);
	return driver_desc(&rig->d, driver_avail(&rig->d)[2]);
}

/* The table of that buffer, lent indirect. */
static struct driver_desc *table_of(struct rig *rig)
{
	return (struct driver_desc *)(rig->d.ram + head_of(rig)->addr);
}

static void flip_flags(struct rig *rig, struct driver_desc *desc,
		       uint16_t flags)
{
	if (rig->d.cfg.packed)
		desc->packed.flags ^= flags;
	else
		desc->split.flags ^= flags;
}

/* Broken in the way that has @how in it: every call says so or does nothing.
 * Then a reset mends it. */
static void expect_broken(struct rig *rig, const char *how)
{
	struct vq_buf b = { .slots = 1, .in_len = 1 };
	uint8_t before[64];

	ck_assert_int_eq(rig_pop(rig, 0), -EPROTO);
	ck_assert_ptr_nonnull(strstr(rig->vq.broken, how));
	memcpy(before, driver_device(&rig->d), sizeof(before));
	driver_arm(&rig->d);
	ck_assert_int_eq(rig_pop(rig, 0), -EPROTO);
	ck_assert_int_eq(rig_gather(rig, 1, 1), -EPROTO);
	vq_mute(&rig->vq);
	ck_assert(!vq_arm(&rig->vq));
	vq_push(&rig->vq, &b, 1);
	vq_commit(&rig->vq);
	ck_assert_uint_eq(rig->irqs, 0);
	ck_assert_mem_eq(before, driver_device(&rig->d), sizeof(before));
	rig_start_at(rig, rig->d.cfg.packed, SIZE, 0);
	rig_lend(rig, 1, 64, false, 1);
	driver_publish(&rig->d);
	ck_assert_int_eq(rig_pop(rig, 0), 1);
}

START_TEST(h1_next_loops)
{
	struct rig *rig = rig_with(SPLIT, 2);
	struct driver_desc *d = head_of(rig);

	d->split.next = driver_avail(&rig->d)[2];
	expect_broken(rig, "too long");

	rig = rig_with(SPLIT, 2);
	d = driver_desc(&rig->d, head_of(rig)->split.next);
	d->split.flags |= DESC_NEXT;
	d->split.next = driver_avail(&rig->d)[2];
	expect_broken(rig, "too long");
}
END_TEST

START_TEST(h1_next_loops_in_a_table)
{
	struct rig *rig = rig_with(SPLIT | DRIVER_INDIRECT << 3, 2);

	table_of(rig)[0].split.next = 0;
	expect_broken(rig, "too long");
}
END_TEST

/* Behind a good buffer it is too large, until its turn comes. */
START_TEST(h1_next_loops_while_gathering)
{
	struct rig *rig = rig_new(SPLIT, SIZE);
	struct driver_desc *d;

	rig_lend(rig, 2, 64, true, 2);
	driver_publish(&rig->d);
	d = driver_desc(&rig->d, driver_avail(&rig->d)[3]);
	d->split.next = driver_avail(&rig->d)[3];
	ck_assert_int_eq(rig_gather(rig, 65, 64), -EMSGSIZE);
	ck_assert_int_eq(rig_gather(rig, 64, 64), 1);
	ck_assert_int_eq(rig_gather(rig, 64, 64), -EPROTO);
	expect_broken(rig, "too long");
}
END_TEST

/* Longer than the queue, by slots that were never lent. */
START_TEST(h2_chain_longer_than_the_queue)
{
	struct rig *rig = rig_with(_i, 1);

	for (unsigned i = 0; i < SIZE; i++) {
		struct driver_desc *d = driver_desc(&rig->d, i);

		*d = *head_of(rig);
		if (_i == PACKED) {
			d->packed.flags |= DESC_NEXT;
		} else {
			d->split.flags |= DESC_NEXT;
			d->split.next = (uint16_t)((i + 1) % SIZE);
		}
	}
	expect_broken(rig, _i == PACKED ? "than fits" : "too long");
}
END_TEST

START_TEST(h3_next_off_the_table)
{
	struct rig *rig = rig_with(SPLIT, 2);

	head_of(rig)->split.next = SIZE;
	expect_broken(rig, "off the table");

	rig = rig_with(SPLIT | DRIVER_INDIRECT << 3, 2);
	table_of(rig)[0].split.next = 2;
	expect_broken(rig, "off the table");
}
END_TEST

START_TEST(h4_head_off_the_table)
{
	struct rig *rig = rig_with(SPLIT, 1);

	driver_avail(&rig->d)[2] = SIZE;
	expect_broken(rig, "off the table");
}
END_TEST

START_TEST(h5_same_head_twice)
{
	struct rig *rig = rig_with(SPLIT, 1);
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
	struct rig *rig = rig_with(SPLIT, 1);

	driver_avail(&rig->d)[1] = SIZE + 1;
	expect_broken(rig, "beyond the ring");
}
END_TEST

/* The same with buffers in the device's hands, which count. */
START_TEST(h6_index_jumps_while_borrowed)
{
	struct rig *rig = rig_with(SPLIT, 1);

	ck_assert_int_eq(rig_pop(rig, 0), 1);
	driver_avail(&rig->d)[1] = SIZE + 1;
	expect_broken(rig, "beyond the ring");
}
END_TEST

START_TEST(h7_index_steps_back)
{
	struct rig *rig = rig_with(SPLIT, 1);

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
	struct rig *rig = rig_with(_i, 1);
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

START_TEST(h9_indirect_not_negotiated)
{
	struct rig *rig = rig_with(_i | DRIVER_INDIRECT << 3, 2);

	rig->vq.indirect = false;
	expect_broken(rig, "bad indirect");
}
END_TEST

START_TEST(h10_indirect_in_a_table)
{
	struct rig *rig = rig_with(_i | DRIVER_INDIRECT << 3, 2);

	flip_flags(rig, &table_of(rig)[1], DESC_INDIRECT);
	/* In a packed ring's tables the flag means nothing (2.8.7). */
	if (_i == PACKED)
		ck_assert_int_eq(rig_pop(rig, 0), 1);
	else
		expect_broken(rig, "in a table");
}
END_TEST

/* ... even if that table is the ring's own, which contains itself. */
START_TEST(h10_indirect_table_is_the_ring)
{
	struct rig *rig = rig_with(_i | DRIVER_INDIRECT << 3, 2);
	struct driver_desc *d = head_of(rig);

	d->addr = rig->d.cfg.desc;
	d->len = SIZE * sizeof(*d);
	for (unsigned i = 0; i < SIZE; i++)
		*driver_desc(&rig->d, i) = *d;
	if (_i == PACKED)
		ck_assert_int_eq(rig_pop(rig, 0), 1);
	else
		expect_broken(rig, "in a table");
}
END_TEST

START_TEST(h11_indirect_and_next)
{
	struct rig *rig = rig_with(_i | DRIVER_INDIRECT << 3, 2);

	flip_flags(rig, head_of(rig), DESC_NEXT);
	expect_broken(rig, _i == PACKED ? "in a chain" : "NEXT");
}
END_TEST

/* 2.8.19: a packed chain is direct or indirect, never both. */
START_TEST(h11_packed_indirect_in_a_chain)
{
	struct rig *rig = rig_with(PACKED, 2);

	driver_desc(&rig->d, 1)->packed.flags |= DESC_INDIRECT;
	expect_broken(rig, "in a chain");
}
END_TEST

START_TEST(h12_indirect_length)
{
	static const uint32_t bad[] = { 0, 8, 17, 31, UINT32_MAX };

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rig *rig = rig_with(_i | DRIVER_INDIRECT << 3, 2);

		head_of(rig)->len = bad[i];
		expect_broken(rig, "bad indirect");
	}
}
END_TEST

START_TEST(h13_indirect_table_not_in_ram)
{
	static const uint64_t bad[] = { END - 16, END, UINT64_C(0xfee00000),
					UINT64_MAX - 15, UINT64_MAX - 31 };

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rig *rig = rig_with(_i | DRIVER_INDIRECT << 3, 2);

		head_of(rig)->addr = bad[i];
		expect_broken(rig, "bad indirect");
	}
}
END_TEST

/* The buffer is the table that describes it: safe, for it was copied. */
START_TEST(h14_indirect_table_overlaps_its_buffer)
{
	struct rig *rig = rig_with(_i | DRIVER_INDIRECT << 3, 2);
	struct driver_desc *table = table_of(rig);

	table[0].addr = head_of(rig)->addr;
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	ck_assert_ptr_eq(rig->iov[0].iov_base, table);
	ck_assert_uint_eq(rig->buf[0].out_len, 64);
}
END_TEST

/* A million entries, empty or not, cost no more than the caller's iovec. */
START_TEST(h15_indirect_table_is_huge)
{
	for (uint32_t len = 0; len < 2; len++) {
		struct rig *rig = rig_with(_i | DRIVER_INDIRECT << 3, 2);
		struct driver_desc *table =
			(struct driver_desc *)(rig->d.ram + DRIVER_DATA);
		uint32_t n = (END - DRIVER_DATA) / sizeof(*table);

		for (uint32_t i = 0; i < n; i++) {
			table[i].addr = DRIVER_DATA;
			table[i].len = len;
			if (_i == SPLIT) {
				table[i].split.flags = DESC_NEXT;
				table[i].split.next = (uint16_t)(i + 1);
			}
		}
		head_of(rig)->addr = DRIVER_DATA;
		head_of(rig)->len = END - DRIVER_DATA;
		expect_broken(rig, "too long");
	}
}
END_TEST

START_TEST(h16_everything_is_empty)
{
	struct rig *rig = rig_new(_i, SIZE);

	for (unsigned i = 0; i < 100; i++) {
		ck_assert(driver_lend_at(&rig->d, UINT64_MAX, 0, i & 1, 3, i));
		driver_publish(&rig->d);
		ck_assert_int_eq(rig_pop(rig, 0), 1);
		ck_assert_uint_eq(rig->buf[0].n_out + rig->buf[0].n_in, 0);
		vq_push(&rig->vq, &rig->buf[0], 0);
		vq_commit(&rig->vq);
		rig_take(rig, i, 0);
	}
}
END_TEST

START_TEST(h17_h18_buffer_not_in_ram)
{
	static const struct driver_seg bad[] = {
		{ UINT64_MAX, 1, false },
		{ UINT64_MAX - 1, 2, false },
		{ UINT64_C(0x8000000000000000), UINT32_MAX, false },
		{ END - 1, 2, false },
		{ END, 1, false },
		{ 0, END + 1, false },
		{ UINT64_C(0xfee00000), 4, false },
		{ UINT64_C(0xfee00000), 4, true },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rig *rig = rig_new(_i, SIZE);

		driver_lend(&rig->d, &bad[i], 1, 0);
		driver_publish(&rig->d);
		expect_broken(rig, "outside RAM");
	}
}
END_TEST

START_TEST(h17_buffer_across_the_hole)
{
	struct rig *rig = rig_with(_i, 1);

	rig->d.mem.region[0].size = DRIVER_DATA + 32;
	rig->d.mem.region[1] =
		(struct mem_region){ 4 * GIB, 4096, rig->d.ram + DRIVER_DATA };
	rig->d.mem.n_regions = 2;
	expect_broken(rig, "outside RAM");
}
END_TEST

START_TEST(h20_readable_after_writable)
{
	struct rig *rig = rig_with(_i, 2);

	flip_flags(rig, head_of(rig), DESC_WRITE);
	expect_broken(rig, "after writable");
}
END_TEST

START_TEST(h21_readable_where_writable_is_gathered)
{
	struct rig *rig = rig_with(_i, 2);

	ck_assert_int_eq(rig_gather(rig, 1, 64), -EPROTO);
	expect_broken(rig, "readable part");
}
END_TEST

/* As many descriptors as the caller has segments, and one more. */
START_TEST(h24_chain_longer_than_the_callers_segments)
{
	struct rig *rig = rig_new(_i, SIZE);

	rig_lend(rig, 2, 64, true, 4);
	driver_publish(&rig->d);
	ck_assert_int_eq(vq_gather(&rig->vq, 128, rig->buf, 2, rig->iov, 7),
			 -EMSGSIZE);
	ck_assert_int_eq(vq_gather(&rig->vq, 128, rig->buf, 2, rig->iov, 8), 2);
	vq_rewind(&rig->vq, &rig->buf[0]);
	ck_assert_int_eq(vq_pop(&rig->vq, rig->buf, rig->iov, 4), 1);
	ck_assert_int_eq(vq_pop(&rig->vq, rig->buf, rig->iov, 3), -EPROTO);
	expect_broken(rig, "too long");
}
END_TEST

/* Rewritten after it was read: the copy counts. */
START_TEST(h27_descriptor_rewritten_after_the_check)
{
	struct rig *rig = rig_with(_i, 1);
	struct iovec seg;

	ck_assert_int_eq(rig_pop(rig, 0), 1);
	seg = rig->iov[0];
	memset(head_of(rig), 0xff, sizeof(struct driver_desc));
	ck_assert_mem_eq(&seg, &rig->iov[0], sizeof(seg));
	vq_push(&rig->vq, &rig->buf[0], 0);
	vq_commit(&rig->vq);
	if (_i == PACKED) {
		ck_assert_uint_eq(head_of(rig)->packed.flags,
				  DESC_AVAIL | DESC_USED);
		ck_assert_uint_eq(head_of(rig)->len, 0);
	}
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
		struct rig *rig = rig_with(PACKED | event[i].event_idx << 1, 1);

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
	struct rig *rig = rig_with(PACKED, 3);

	driver_desc(&rig->d, 2)->packed.flags ^= DESC_AVAIL;
	expect_broken(rig, "partly");
}
END_TEST

/* An id is the driver's business. */
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

/* Flags are never derived from memory, which is not ours alone. */
START_TEST(h50_packed_flags_rewritten)
{
	struct rig *rig = rig_with(PACKED, 1);

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
		h2_chain_longer_than_the_queue,
		h7_a_buffer_is_taken_back,
		h8_work_without_commit_is_bounded,
		h9_indirect_not_negotiated,
		h10_indirect_in_a_table,
		h10_indirect_table_is_the_ring,
		h11_indirect_and_next,
		h12_indirect_length,
		h13_indirect_table_not_in_ram,
		h14_indirect_table_overlaps_its_buffer,
		h15_indirect_table_is_huge,
		h16_everything_is_empty,
		h17_h18_buffer_not_in_ram,
		h17_buffer_across_the_hole,
		h20_readable_after_writable,
		h21_readable_where_writable_is_gathered,
		h24_chain_longer_than_the_callers_segments,
		h27_descriptor_rewritten_after_the_check,
		h29_rings_not_in_ram,
		h30_rings_misaligned,
		h31_rings_overlap,
		h32_h33_h42_sizes,
		h46_used_event_is_random,
		NULL,
	};
	const TTest *const one[] = {
		h1_next_loops,
		h1_next_loops_in_a_table,
		h1_next_loops_while_gathering,
		h3_next_off_the_table,
		h4_head_off_the_table,
		h5_same_head_twice,
		h6_index_jumps,
		h6_index_jumps_while_borrowed,
		h7_index_steps_back,
		h11_packed_indirect_in_a_chain,
		h47_packed_event_flags,
		h48_packed_partial_chain,
		h49_packed_ids_are_opaque,
		h50_packed_flags_rewritten,
		NULL,
	};
	Suite *suite = suite_create("vq_hostile");

	rig_add(suite, both, 2);
	rig_add(suite, one, 1);
	return unit_run(suite);
}
