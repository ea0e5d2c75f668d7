/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a queue does not move: each cause made on real rings, beside a healthy
 * twin. */
#include <stdio.h>

#include "devices/virtio/stall.h"
#include "tests/vq_rig.h"

enum { SIZE = 16, SECONDS = 3 };

static char text[512];

static struct stall_snapshot look(struct rig *rig, bool receives)
{
	struct stall_snapshot s = { .receives = receives, .pin_enabled = true };

	vq_look(&rig->vq, &s.vq);
	return s;
}

static enum stall owed(struct rig *rig, bool receives)
{
	struct stall_snapshot s = look(rig, receives);

	return stall_owed(&s);
}

/* The verdict on @s with the processors given, described in `text`. */
static enum stall judge(const struct stall_snapshot *s,
			const struct stall_cpu *cpu, unsigned n)
{
	const struct stall_cpu *culprit;
	enum stall stall = stall_judge(stall_owed(s), s, cpu, n, &culprit);

	stall_describe(stall, s, culprit, SECONDS * NSEC_PER_SEC, text,
		       sizeof(text));
	return stall;
}

static void expect_text(const char *part)
{
	ck_assert_msg(strstr(text, part), "no \"%s\" in: %s", part, text);
}

/* The driver lends @lend buffers; the device uses @use of them. */
static void use(struct rig *rig, unsigned lend, unsigned n)
{
	rig_lend(rig, lend, 100, true, 1);
	driver_publish(&rig->d);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_int_eq(rig_pop(rig, i), 1);
		vq_push(&rig->vq, &rig->buf[i], 1);
	}
	vq_commit(&rig->vq);
}

static void take_all(struct rig *rig)
{
	struct driver_used used;

	while (driver_get(&rig->d, &used))
		continue;
}

/* Wherever a queue is when nothing happens, nobody owes anything. */
START_TEST(healthy)
{
	struct rig *rig = rig_new(_i, SIZE);

	for (unsigned lap = 0; lap < 3 * SIZE; lap++) {
		driver_arm(&rig->d);
		use(rig, 3, 3);
		take_all(rig);
		driver_arm(&rig->d);
		ck_assert(!vq_arm(&rig->vq));
		ck_assert_int_eq(owed(rig, true), STALL_NONE);
		ck_assert_int_eq(owed(rig, false), STALL_NONE);
		vq_mute(&rig->vq);
	}
}
END_TEST

START_TEST(not_consuming)
{
	struct rig *rig = rig_new(_i, SIZE);
	bool event = rig->d.cfg.event_idx;
	struct stall_snapshot s;

	driver_arm(&rig->d);
	use(rig, 8, 3);
	s = look(rig, true);
	ck_assert_int_eq(judge(&s, NULL, 0),
			 event ? STALL_NOT_CONSUMING : STALL_NONE);
	ck_assert_int_eq(stall_unclear(&s), !event);
	if (event) {
		ck_assert_uint_eq(vq_snapshot_behind(&s.vq), 3);
		expect_text("guest not consuming used buffers for 3.0 s: "
			    "it has 3 ");
		expect_text(", from index 0 on; it was interrupted");
	}
	take_all(rig);
	driver_arm(&rig->d);
	ck_assert_int_eq(owed(rig, true), STALL_NONE);
}
END_TEST

/* A driver that says nothing of what it took, but has lent it again. */
START_TEST(lent_again)
{
	struct rig *rig = rig_new(_i, SIZE);

	driver_arm(&rig->d);
	use(rig, 8, 3);
	take_all(rig);
	use(rig, 2, 0);
	ck_assert_int_eq(owed(rig, true), rig->d.cfg.event_idx ?
						  STALL_NOT_CONSUMING :
						  STALL_NONE);
	use(rig, 1, 0);
	ck_assert_int_eq(owed(rig, true), STALL_NONE);
	ck_assert(!stall_unclear(&(struct stall_snapshot){ 0 }));
}
END_TEST

/* It asked too late and did not look again: no fence, or none that helps. */
START_TEST(asked_late)
{
	struct rig *rig = rig_new(_i, SIZE);
	struct stall_snapshot s;

	if (!rig->d.cfg.event_idx)
		return;
	driver_mute(&rig->d);
	use(rig, 8, 3);
	ck_assert_uint_eq(rig->irqs, 0);
	driver_event(&rig->d, 0);
	s = look(rig, true);
	ck_assert_int_eq(judge(&s, NULL, 0), STALL_NOT_CONSUMING);
	expect_text("must look again after asking");
}
END_TEST

/* What was sent need not be taken back before there is no room. */
START_TEST(sent_buffers_may_lie)
{
	struct rig *rig = rig_new(_i, SIZE);
	bool event = rig->d.cfg.event_idx;

	driver_arm(&rig->d);
	use(rig, 8, 8);
	ck_assert_int_eq(owed(rig, false), STALL_NONE);
	if (rig->d.chain == DRIVER_MIXED)
		return;
	use(rig, 8, 8);
	ck_assert_int_eq(owed(rig, false),
			 event ? STALL_NOT_CONSUMING : STALL_NONE);
}
END_TEST

START_TEST(starved)
{
	struct rig *rig = rig_new(_i, SIZE);
	struct stall_snapshot s = look(rig, true);

	/* Nothing was ever lent: the interface is not up. */
	s.waits = true;
	ck_assert_int_eq(stall_owed(&s), STALL_NONE);
	driver_arm(&rig->d);
	use(rig, 4, 4);
	take_all(rig);
	driver_arm(&rig->d);
	s = look(rig, true);
	ck_assert_int_eq(stall_owed(&s), STALL_NONE);
	s.waits = true;
	ck_assert_int_eq(judge(&s, NULL, 0), STALL_STARVED);
	expect_text("receive starved for 3.0 s: frames wait; the guest has "
		    "lent 0 of 16 ");
}
END_TEST

START_TEST(not_taken)
{
	const struct stall_cpu stuck = { .index = 1,
					 .requested = true,
					 .interrupts_off = true,
					 .rip = 0x1234,
					 .rip_before = 0x1234 };
	struct stall_cpu cpu[] = { { .index = 0 }, stuck };
	struct rig *rig = rig_new(_i, SIZE);
	bool event = rig->d.cfg.event_idx;
	struct stall_snapshot s;

	driver_arm(&rig->d);
	use(rig, 8, 3);
	s = look(rig, true);
	s.msix = s.has_vector = true;
	s.vector = 0x41;
	ck_assert_int_eq(judge(&s, cpu, 2), STALL_NOT_TAKEN);
	expect_text("interrupt not taken for 3.0 s: ");
	expect_text("interrupt 0x41 pending in IRR of vCPU 1; RIP 0x1234 "
		    "constant, IF=0");
	cpu[1].requested = false;
	cpu[1].in_service = true;
	ck_assert_int_eq(judge(&s, cpu, 2), STALL_NOT_TAKEN);
	expect_text("in service on vCPU 1");
	cpu[1].rip = 0x1240;
	ck_assert_int_eq(judge(&s, cpu, 2), STALL_NOT_TAKEN);
	expect_text("RIP 0x1240, a second ago 0x1234, IF=0");
	/* It may take it any time. */
	cpu[1].interrupts_off = false;
	ck_assert_int_ne(judge(&s, cpu, 2), STALL_NOT_TAKEN);
	s.masked = s.pending = true;
	ck_assert_int_eq(judge(&s, cpu, 2),
			 event ? STALL_NOT_TAKEN : STALL_NONE);
	if (event)
		expect_text("masked and pending");
}
END_TEST

/* The pin's interrupt waits until the driver reads ISR. */
START_TEST(pin_not_taken)
{
	const struct stall_cpu stuck = { .interrupts_off = true };
	struct rig *rig = rig_new(_i, SIZE);
	bool event = rig->d.cfg.event_idx;
	struct stall_snapshot s;

	driver_arm(&rig->d);
	use(rig, 8, 3);
	s = look(rig, true);
	s.isr = true;
	ck_assert_int_eq(judge(&s, NULL, 0),
			 event ? STALL_NOT_TAKEN : STALL_NONE);
	if (event)
		expect_text("the pin is asserted, ISR not read");
	ck_assert_int_eq(judge(&s, &stuck, 1), STALL_NOT_TAKEN);
	expect_text("interrupt waiting for vCPU 0");
	s.pin_enabled = false;
	ck_assert_int_ne(judge(&s, &stuck, 1), STALL_NOT_TAKEN);
}
END_TEST

START_TEST(kick_missing)
{
	struct rig *rig = rig_new(_i, SIZE);
	struct stall_snapshot s;

	use(rig, 4, 4);
	take_all(rig);
	ck_assert(!vq_arm(&rig->vq));
	rig_lend(rig, 2, 100, true, 1);
	ck_assert_int_eq(owed(rig, false), STALL_NONE);
	ck_assert(driver_publish(&rig->d));
	s = look(rig, false);
	ck_assert_int_eq(judge(&s, NULL, 0), STALL_NO_KICK);
	expect_text("kick missing for 3.0 s: ");
	/* It came, and we slept on. */
	s.rung = true;
	ck_assert_int_eq(judge(&s, NULL, 0), STALL_LOST_KICK);
	expect_text("our own lost kick for 3.0 s: ");
	expect_text("and the kick with them: the host does not run our thread");
}
END_TEST

/* We sleep, but what we left in the ring does not ask for a kick. */
START_TEST(kick_not_asked_for)
{
	struct rig *rig = rig_new(_i, SIZE);
	uint16_t *device = driver_device(&rig->d);

	use(rig, 4, 4);
	take_all(rig);
	ck_assert(!vq_arm(&rig->vq));
	if (rig->d.cfg.packed)
		device[1] = 1;
	else if (rig->d.cfg.event_idx)
		device[2 + 4 * SIZE] -= 3;
	else
		device[0] = 1;
	rig_lend(rig, 2, 100, true, 1);
	driver_publish(&rig->d);
	ck_assert_int_eq(owed(rig, false), STALL_LOST_KICK);
}
END_TEST

START_TEST(back_end_blocked)
{
	struct rig *rig = rig_new(_i, SIZE);
	struct stall_snapshot s;

	use(rig, 4, 2);
	vq_mute(&rig->vq);
	s = look(rig, false);
	s.waits = true;
	ck_assert_int_eq(judge(&s, NULL, 0), STALL_BACK_END);
	expect_text("back end blocked for 3.0 s: ");
	/* Nothing in its way, and yet it does not go on. */
	s.waits = false;
	ck_assert_int_eq(judge(&s, NULL, 0), STALL_LOST_KICK);
}
END_TEST

/* All that was lent was taken, and the host's storage does not answer. */
START_TEST(storage_blocked)
{
	struct rig *rig = rig_new(_i, SIZE);
	struct stall_snapshot s, later;

	rig_lend(rig, 3, 100, true, 1);
	driver_publish(&rig->d);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(rig_pop(rig, i), 1);
	ck_assert(!vq_arm(&rig->vq));
	s = look(rig, false);
	ck_assert_int_eq(stall_owed(&s), STALL_NONE);
	s.waits = true;
	s.behind = "debian.img";
	ck_assert_int_eq(judge(&s, NULL, 0), STALL_BACK_END);
	expect_text("back end blocked for 3.0 s: debian.img: the host's "
		    "storage has not answered for 3 ");
	expect_text(" from index 0 on");
	vq_push(&rig->vq, &rig->buf[0], 1);
	vq_commit(&rig->vq);
	later = look(rig, false);
	ck_assert(stall_moved(&s, &later));
}
END_TEST

/* What counts as a move: both sides' work, not the passing of time. */
START_TEST(moving)
{
	struct rig *rig = rig_new(_i, SIZE);
	struct stall_snapshot a = look(rig, true), b = look(rig, true);

	ck_assert(!stall_moved(&a, &b));
	rig_lend(rig, 2, 100, true, 1);
	driver_publish(&rig->d);
	b = look(rig, true);
	ck_assert(stall_moved(&a, &b));
	ck_assert_int_eq(rig_pop(rig, 0), 1);
	a = look(rig, true);
	ck_assert(stall_moved(&a, &b));
	ck_assert_uint_eq(a.vq.driver, b.vq.driver);
	driver_event(&rig->d, 5);
	b = look(rig, true);
	ck_assert_int_eq(a.vq.driver != b.vq.driver, rig->d.cfg.event_idx);
}
END_TEST

START_TEST(queues_that_are_not)
{
	struct rig *rig = rig_new(_i, SIZE);

	driver_arm(&rig->d);
	use(rig, 8, 3);
	rig->vq.broken = "somehow";
	ck_assert_int_eq(owed(rig, true), STALL_NONE);
	vq_stop(&rig->vq);
	ck_assert_int_eq(owed(rig, true), STALL_NONE);
	ck_assert(!look(rig, true).vq.running);
}
END_TEST

static char *dump(struct rig *rig)
{
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	vq_dump(&rig->vq, "> ", file);
	fclose(file);
	return out;
}

START_TEST(dumps)
{
	struct rig *rig = rig_new(_i, SIZE);
	bool packed = rig->d.cfg.packed;
	char *out;

	driver_arm(&rig->d);
	use(rig, 8, 3);
	out = dump(rig);
	ck_assert_int_eq(
		strncmp(out, packed ? "> packed, 16" : "> split, 16", 11), 0);
	ck_assert_ptr_nonnull(strstr(out, "seen 3, used 3;"));
	ck_assert_ptr_nonnull(strstr(out, "driver: 5 lent, 5 unseen;"));
	ck_assert_ptr_nonnull(strstr(out, ">   desc "));
	free(out);
	vq_stop(&rig->vq);
	out = dump(rig);
	ck_assert_str_eq(out, "> not set up\n");
	free(out);
}
END_TEST

/* Rings with anything in them can be looked at. */
START_TEST(hostile_rings)
{
	struct rig *rig = rig_new(_i & 3, SIZE);
	struct driver_desc *desc = driver_desc(&rig->d, 0);

	for (unsigned n = 0; n < 2000; n++) {
		struct stall_snapshot s;
		uint16_t *area = driver_avail(&rig->d);

		for (unsigned i = 0; i < SIZE + 3; i++)
			area[i] = (uint16_t)driver_random(&rig->d);
		for (unsigned i = 0; i < SIZE; i++)
			desc[i].addr = desc[i].len =
				(uint32_t)driver_random(&rig->d),
			desc[i].packed.flags = (uint16_t)driver_random(&rig->d);
		s = look(rig, n & 1);
		ck_assert_uint_le(s.vq.lent, SIZE);
		ck_assert_uint_le(s.vq.unseen, SIZE);
		ck_assert_uint_le(vq_snapshot_behind(&s.vq), SIZE);
		judge(&s, NULL, 0);
		free(dump(rig));
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		healthy,
		not_consuming,
		lent_again,
		asked_late,
		sent_buffers_may_lie,
		starved,
		not_taken,
		pin_not_taken,
		kick_missing,
		back_end_blocked,
		storage_blocked,
		kick_not_asked_for,
		moving,
		queues_that_are_not,
		dumps,
		hostile_rings,
		NULL,
	};
	Suite *suite = suite_create("vq_stall");

	rig_add(suite, tests, RIG_MODES);
	return unit_run(suite);
}
