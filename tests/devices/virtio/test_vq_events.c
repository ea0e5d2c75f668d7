/* SPDX-License-Identifier: BSD-2-Clause */
/* Kicks and interrupts: when one is wanted, and when one is due. */
#include "tests/vq_rig.h"

/* VIRTIO 2.7.10, 2.8.10: kicks are asked for from the furthest position looked
 * at on: of a rewound one the device would spin, since there is a buffer, or
 * sleep for ever, the kick for it being long past */
START_TEST(arm_waits_for_change)
{
	struct rig *rig = rig_new(_i, 16);

	for (int lap = 0; lap < 100; lap++) {
		ck_assert(!vq_arm(&rig->vq));
		rig_lend(rig, 2, 100, true, 1);
		ck_assert(driver_publish(&rig->d));
		ck_assert(vq_arm(&rig->vq));
		ck_assert_int_eq(rig_gather(rig, 201, 64), 0);
		ck_assert(!vq_arm(&rig->vq));
		/* A smaller need in between forgets nothing. */
		ck_assert_int_eq(rig_gather(rig, 1, 64), 1);
		vq_rewind(&rig->vq, &rig->buf[0]);
		ck_assert(!vq_arm(&rig->vq));
		rig_lend(rig, 1, 100, true, 1);
		ck_assert(driver_publish(&rig->d));
		ck_assert(vq_arm(&rig->vq));
		ck_assert_int_eq(rig_gather(rig, 201, 64), 3);
		for (int i = 0; i < 3; i++)
			vq_push(&rig->vq, &rig->buf[i], 0);
		vq_commit(&rig->vq);
		rig_take(rig, 0, 0);
		rig_take(rig, 1, 0);
		rig_take(rig, 0, 0);
	}
}
END_TEST

/* VIRTIO 2.7.10.2, 2.8.14: whether kicks are wanted is told by used.flags,
 * which is 0 or 1 and stays 0 with EVENT_IDX, by avail_event or by the device
 * event structure, for a descriptor only with EVENT_IDX */
START_TEST(mute_and_arm_tell_the_driver)
{
	struct rig *rig = rig_new(_i, 16);

	vq_mute(&rig->vq);
	rig_lend(rig, 1, 100, true, 1);
	/* Split with EVENT_IDX has no way to say so before the first arm. */
	ck_assert(driver_publish(&rig->d) == ((_i & 3) == 2));
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	ck_assert(!vq_arm(&rig->vq));
	rig_lend(rig, 1, 100, true, 1);
	ck_assert(driver_publish(&rig->d));
	ck_assert_int_eq(rig_pop(rig, 1), 1);
	vq_mute(&rig->vq);
	rig_lend(rig, 1, 100, true, 1);
	ck_assert(!driver_publish(&rig->d));
	/* 2.7.10.2: with EVENT_IDX the flags stay 0. */
	if ((_i & 3) == 2)
		ck_assert_uint_eq(driver_device(&rig->d)[0], 0);
}
END_TEST

/* VIRTIO 2.7.7.2, 2.8.10: a batch interrupts once, and if asked only: for any
 * of its positions with EVENT_IDX, by the flags without */
START_TEST(spec_2_7_7_interrupts_as_asked)
{
	struct rig *rig = rig_new(_i, 16);

	for (int lap = 0; lap < 50; lap++) {
		driver_arm(&rig->d);
		ck_assert_uint_eq(rig_round_trip(rig, 5), 1);
		driver_mute(&rig->d);
		ck_assert_uint_eq(rig_round_trip(rig, 5), 0);
		if (!rig->d.cfg.event_idx)
			continue;
		for (unsigned ahead = 0; ahead < 8; ahead++) {
			driver_event(&rig->d, rig->d.used + ahead);
			ck_assert_uint_eq(rig_round_trip(rig, 5), ahead < 5);
		}
	}
	ck_assert_uint_eq(rig->vq.stats.interrupts + rig->vq.stats.suppressed,
			  50 * (rig->d.cfg.event_idx ? 10 : 2));
	rig->irqs = 0;
	vq_commit(&rig->vq);
	ck_assert_uint_eq(rig->irqs, 0);
}
END_TEST

/* VIRTIO 2.7.7.2, 2.8.10: without EVENT_IDX used_event is ignored, with it the
 * flags; a packed ring without takes any flag but 1 as a wish */
START_TEST(spec_2_7_7_ignored_fields)
{
	struct rig *rig = rig_new(_i, 16);
	uint16_t *avail = driver_avail(&rig->d);

	driver_arm(&rig->d);
	if (!rig->d.cfg.packed && rig->d.cfg.event_idx)
		avail[0] = 1;
	else if (!rig->d.cfg.packed)
		avail[2 + 16] = 0x1234;
	else if (!rig->d.cfg.event_idx)
		avail[1] = 2, avail[0] = 9;
	ck_assert_uint_eq(rig_round_trip(rig, 3), 1);
}
END_TEST

START_TEST(stats_add_up)
{
	enum { LAPS = 400, BATCH = 4 };
	struct rig *rig = rig_new(_i, BATCH);
	/* A split ring's index wraps on the way. */
	uint64_t start = 65536 - LAPS, batches = 0;

	rig_start_at(rig, _i, BATCH, start);
	for (unsigned i = 0; i < LAPS; i++)
		rig_round_trip(rig, BATCH);
	ck_assert_uint_eq(rig->vq.stats.used, LAPS * BATCH);
	ck_assert_uint_eq(rig->vq.stats.wraps,
			  (start + LAPS * BATCH) / rig->vq.modulus -
				  start / rig->vq.modulus);
	for (unsigned i = 0; i < COUNT_BUCKETS; i++)
		batches += rig->vq.stats.latency.bucket[i];
	ck_assert_uint_eq(batches, LAPS);
}
END_TEST

/* Of the kicks that did not come, which were not asked for, and which were. */
START_TEST(kicks_are_counted)
{
	struct rig *rig = rig_new(_i, 16);
	struct vq_stats *stats = &rig->vq.stats;

	rig_round_trip(rig, 3);
	ck_assert_uint_eq(stats->unkicked, 3);
	ck_assert(!vq_arm(&rig->vq));
	vq_kicked(&rig->vq, 0);
	rig_lend(rig, 2, 100, true, 1);
	ck_assert(driver_publish(&rig->d));
	ck_assert_uint_eq(stats->early, 0);
	vq_kicked(&rig->vq, 0);
	ck_assert_uint_eq(stats->early, 1);
	vq_kicked(&rig->vq, 2);
	ck_assert_uint_eq(stats->early, 1);
	ck_assert_uint_eq(stats->kicks, 2);
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	ck_assert_uint_eq(stats->unkicked, 3);
	vq_mute(&rig->vq);
	ck_assert_int_eq(rig_pop(rig, 1), 1);
	ck_assert_uint_eq(stats->unkicked, 4);
	vq_stop(&rig->vq);
	vq_kicked(&rig->vq, 0);
}
END_TEST

/* They outlast a reset. */
START_TEST(stats_go_on)
{
	struct rig *rig = rig_new(_i, 16);

	rig_round_trip(rig, 3);
	rig_start_at(rig, _i, 16, 0);
	rig_round_trip(rig, 4);
	ck_assert_uint_eq(rig->vq.stats.used, 7);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		arm_waits_for_change,
		mute_and_arm_tell_the_driver,
		spec_2_7_7_interrupts_as_asked,
		spec_2_7_7_ignored_fields,
		stats_add_up,
		kicks_are_counted,
		stats_go_on,
		NULL,
	};
	Suite *suite = suite_create("vq_events");

	rig_add(suite, tests, RIG_MODES);
	return unit_run(suite);
}
