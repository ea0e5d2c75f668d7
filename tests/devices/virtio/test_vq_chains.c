/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile descriptors: chains, tables and buffers. */
#include "tests/vq_hostile.h"

START_TEST(h1_next_loops)
{
	struct rig *rig = hostile_rig(SPLIT, 2);
	struct driver_desc *d = head_of(rig);

	d->split.next = driver_avail(&rig->d)[2];
	expect_broken(rig, "too long");

	rig = hostile_rig(SPLIT, 2);
	d = driver_desc(&rig->d, head_of(rig)->split.next);
	d->split.flags |= DESC_NEXT;
	d->split.next = driver_avail(&rig->d)[2];
	expect_broken(rig, "too long");
}
END_TEST

START_TEST(h1_next_loops_in_a_table)
{
	struct rig *rig = hostile_rig(SPLIT | DRIVER_INDIRECT << 3, 2);

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
	struct rig *rig = hostile_rig(_i, 1);

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
	struct rig *rig = hostile_rig(SPLIT, 2);

	head_of(rig)->split.next = SIZE;
	expect_broken(rig, "off the table");

	rig = hostile_rig(SPLIT | DRIVER_INDIRECT << 3, 2);
	table_of(rig)[0].split.next = 2;
	expect_broken(rig, "off the table");
}
END_TEST

START_TEST(h9_indirect_not_negotiated)
{
	struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);

	rig->vq.indirect = false;
	expect_broken(rig, "bad indirect");
}
END_TEST

/* VIRTIO 2.7.5.3.1, 2.8.7: no table in a table; in a packed ring's only WRITE
 * counts, and other flags mean nothing */
START_TEST(h10_indirect_in_a_table)
{
	struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);

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
	struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);
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

/* VIRTIO 2.7.5.3.2: WRITE means nothing in the descriptor of an indirect
 * table */
START_TEST(indirect_descriptor_is_writable)
{
	struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);

	flip_flags(rig, head_of(rig), DESC_WRITE);
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	ck_assert_uint_eq(rig->buf[0].n_out, 2);
	ck_assert_uint_eq(rig->buf[0].n_in, 0);
}
END_TEST

START_TEST(h11_indirect_and_next)
{
	struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);

	flip_flags(rig, head_of(rig), DESC_NEXT);
	expect_broken(rig, _i == PACKED ? "in a chain" : "NEXT");
}
END_TEST

/* VIRTIO 2.8.19: a packed chain is direct or indirect, never both */
START_TEST(h11_packed_indirect_in_a_chain)
{
	struct rig *rig = hostile_rig(PACKED, 2);

	driver_desc(&rig->d, 1)->packed.flags |= DESC_INDIRECT;
	expect_broken(rig, "in a chain");
}
END_TEST

START_TEST(h12_indirect_length)
{
	static const uint32_t bad[] = { 0, 8, 17, 31, UINT32_MAX };

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);

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
		struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);

		head_of(rig)->addr = bad[i];
		expect_broken(rig, "bad indirect");
	}
}
END_TEST

/* The buffer is the table that describes it: safe, for it was copied. */
START_TEST(h14_indirect_table_overlaps_its_buffer)
{
	struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);
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
		struct rig *rig = hostile_rig(_i | DRIVER_INDIRECT << 3, 2);
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

/* What is not wholly in RAM; there is no other memory, read-only or not
 * [hostile 19] */
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
	struct rig *rig = hostile_rig(_i, 1);

	rig->d.mem.region[0].size = DRIVER_DATA + 32;
	rig->d.mem.region[1] =
		(struct mem_region){ 4 * GIB, 4096, rig->d.ram + DRIVER_DATA };
	rig->d.mem.n_regions = 2;
	expect_broken(rig, "outside RAM");
}
END_TEST

START_TEST(h20_readable_after_writable)
{
	struct rig *rig = hostile_rig(_i, 2);

	flip_flags(rig, head_of(rig), DESC_WRITE);
	expect_broken(rig, "after writable");
}
END_TEST

START_TEST(h21_readable_where_writable_is_gathered)
{
	struct rig *rig = hostile_rig(_i, 2);

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

/* VIRTIO 2.8.15: a descriptor is read once: rewritten after that, the copy
 * counts */
START_TEST(h27_descriptor_rewritten_after_the_check)
{
	struct rig *rig = hostile_rig(_i, 1);
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

int main(void)
{
	const TTest *const both[] = {
		h2_chain_longer_than_the_queue,
		h9_indirect_not_negotiated,
		h10_indirect_in_a_table,
		h10_indirect_table_is_the_ring,
		indirect_descriptor_is_writable,
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
		NULL,
	};
	const TTest *const one[] = {
		h1_next_loops,
		h1_next_loops_in_a_table,
		h1_next_loops_while_gathering,
		h3_next_off_the_table,
		h11_packed_indirect_in_a_chain,
		NULL,
	};
	Suite *suite = suite_create("vq_chains");

	rig_add(suite, both, 2);
	rig_add(suite, one, 1);
	return unit_run(suite);
}
