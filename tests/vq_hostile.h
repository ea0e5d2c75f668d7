/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_hostile.h - what the tests of hostile drivers share
 *
 * Each input must break the queue, for good and without noise, or do no
 * harm.  Their names begin with their numbers in the list of such inputs.
 */
#ifndef TESTS_VQ_HOSTILE_H
#define TESTS_VQ_HOSTILE_H

#include <errno.h>
#include <string.h>

#include "tests/vq_rig.h"

enum { SPLIT = 0, PACKED = 1, SIZE = 16, END = DRIVER_RAM };

/* A queue with one readable buffer of @pieces, visible; its descriptors. */
static inline struct rig *hostile_rig(int mode, unsigned pieces)
{
	struct rig *rig = rig_new(mode, SIZE);

	rig_lend(rig, 1, 64, false, pieces);
	driver_publish(&rig->d);
	return rig;
}

/* The first descriptor of that buffer. */
static inline struct driver_desc *head_of(struct rig *rig)
{
	if (rig->d.cfg.packed)
		return driver_desc(&rig->d, 0);
	return driver_desc(&rig->d, driver_avail(&rig->d)[2]);
}

/* The table of that buffer, lent indirect. */
static inline struct driver_desc *table_of(struct rig *rig)
{
	return (struct driver_desc *)(rig->d.ram + head_of(rig)->addr);
}

static inline void flip_flags(struct rig *rig, struct driver_desc *desc,
			      uint16_t flags)
{
	if (rig->d.cfg.packed)
		desc->packed.flags ^= flags;
	else
		desc->split.flags ^= flags;
}

/* Broken in the way that has @how in it: every call says so or does nothing.
 * Then a reset mends it. */
static inline void expect_broken(struct rig *rig, const char *how)
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

#endif
