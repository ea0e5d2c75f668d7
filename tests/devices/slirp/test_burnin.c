/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's rings on their way to 65,536. */
#include "devices/slirp/burnin.h"
#include "tests/unit.h"

static struct burnin b;
static uint64_t rx, tx, now;

/* Frames sent until it has nothing to send now. */
static unsigned run(bool answers)
{
	unsigned n = 0;

	for (;;) {
		switch (burnin_next(&b, rx, tx, now)) {
		case BURNIN_NOTHING:
			return n;
		case BURNIN_QUESTION:
			tx += answers;
			/* fall through */
		case BURNIN_FILLER:
			rx++;
		}
		n++;
	}
}

static void set_up(uint64_t rx_before, uint64_t tx_before)
{
	b = (struct burnin){ .on = true };
	rx = rx_before;
	tx = tx_before;
	now = 1;
}

START_TEST(both_stop_just_below)
{
	static const uint64_t before[][2] = {
		{ 0, 0 },     { 100, 3 },	    { 3, 100 },
		{ 60000, 0 }, { BURNIN_TARGET, 5 }, { 65535, 65535 },
		{ 70000, 9 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(before); i++) {
		set_up(before[i][0], before[i][1]);
		run(true);
		ck_assert(b.done);
		ck_assert_uint_ge(rx & 0xffff, BURNIN_TARGET);
		ck_assert_uint_ge(tx & 0xffff, BURNIN_TARGET);
		ck_assert_uint_lt(rx, 3 * 65536);
		ck_assert_uint_lt(tx, 65536);
		ck_assert_uint_eq(run(true), 0);
		ck_assert_uint_eq(burnin_deadline(&b), UINT64_MAX);
	}
}
END_TEST

/* As much as it can answer at a time, and no guest is waited for for ever. */
START_TEST(slow_and_silent_guests)
{
	set_up(0, 0);
	ck_assert_uint_eq(run(false), BURNIN_WINDOW);
	ck_assert_uint_eq(run(false), 0);
	tx += 10;
	now += NSEC_PER_SEC;
	ck_assert_uint_eq(run(false), 10);
	ck_assert_uint_eq(burnin_deadline(&b), now + BURNIN_PATIENCE_NS);
	now += BURNIN_PATIENCE_NS - 1;
	ck_assert_uint_eq(run(false), 0);
	now += 1;
	run(false);
	ck_assert(b.done);
	ck_assert_uint_eq(rx, BURNIN_TARGET);
	ck_assert_uint_eq(tx, 10);
}
END_TEST

/* The window shrinks towards the end, so that answers do not overshoot. */
START_TEST(no_question_too_many)
{
	set_up(0, BURNIN_TARGET - 3);
	ck_assert_uint_eq(run(false), 3);
	tx += 3;
	run(true);
	ck_assert_uint_eq(tx, BURNIN_TARGET);
	ck_assert_uint_eq(b.questions, 3);
}
END_TEST

/* Once a second, until it is heard of. */
START_TEST(calling)
{
	set_up(0, 0);
	ck_assert_uint_eq(burnin_deadline(&b), 0);
	ck_assert(burnin_call(&b, now));
	ck_assert(!burnin_call(&b, now));
	ck_assert_uint_eq(burnin_deadline(&b), now + BURNIN_CALL_NS);
	ck_assert(burnin_call(&b, now + BURNIN_CALL_NS));
}
END_TEST

START_TEST(not_wanted)
{
	set_up(0, 0);
	b.on = false;
	ck_assert_uint_eq(run(true), 0);
	ck_assert_uint_eq(burnin_deadline(&b), UINT64_MAX);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		both_stop_just_below, slow_and_silent_guests,
		no_question_too_many, calling,
		not_wanted,	      NULL,
	};

	return unit_run(unit_suite("burnin", tests));
}
