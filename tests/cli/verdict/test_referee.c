/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_referee.c - what ends a run, and what does not
 */
#include <signal.h>

#include "tests/referee.h"

START_TEST(each_power_request)
{
	static const struct {
		enum on_reset on_reset;
		enum power_request what;
		bool restarts;
		enum verdict_word word;
	} rows[] = {
		{ ON_RESET_RESTART, POWER_OFF, false, VERDICT_POWEROFF },
		{ ON_RESET_RESTART, POWER_EXIT, false, VERDICT_EXIT },
		{ ON_RESET_RESTART, POWER_FAILED, false, VERDICT_HOST },
		{ ON_RESET_ALWAYS, POWER_HALTED, false, VERDICT_HUNG },
		{ ON_RESET_RESTART, POWER_RESET, true, 0 },
		{ ON_RESET_RESTART, POWER_TRIPLE_FAULT, false,
		  VERDICT_TRIPLE_FAULT },
		{ ON_RESET_EXIT, POWER_RESET, false, VERDICT_RESET },
		{ ON_RESET_EXIT, POWER_TRIPLE_FAULT, false,
		  VERDICT_TRIPLE_FAULT },
		{ ON_RESET_ALWAYS, POWER_RESET, true, 0 },
		{ ON_RESET_ALWAYS, POWER_TRIPLE_FAULT, true, 0 },
		{ ON_RESET_ALWAYS, POWER_CRASHED, false, VERDICT_CRASH },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		config.verdict.on_reset = rows[i].on_reset;
		start();
		ends = 0;
		ck_assert_int_eq(power(rows[i].what), rows[i].restarts);
		ck_assert_uint_eq(ends, !rows[i].restarts);
		if (!rows[i].restarts)
			is(rows[i].word);
		if (i + 1 < ARRAY_SIZE(rows))
			referee_free(&referee);
	}
}
END_TEST

START_TEST(a_panicked_guest_is_not_restarted)
{
	config.verdict.on_reset = ON_RESET_ALWAYS;
	start();
	say("[    1.000000] Kernel panic - not syncing: x");
	/* Without the end of its line. */
	ck_assert(!power(POWER_RESET));
	is(VERDICT_PANIC);
	ck_assert_str_eq(verdict.reason, "Kernel panic - not syncing: x");
}
END_TEST

START_TEST(nor_one_that_said_so_by_pvpanic)
{
	start();
	referee_panicked(&referee);
	ck_assert(!power(POWER_RESET));
	is(VERDICT_PANIC);
	ck_assert_str_eq(verdict.reason, "pvpanic");
}
END_TEST

static void speak(void *arg)
{
	say(arg);
}

/* The console is told last, maybe by a guest that is given little time. */
START_TEST(nor_is_one_ended_that_may_yet_say_why)
{
	static char text[] = "[    1.000000] Kernel panic - not syncing: x\n";
	struct loop_timer timer = { .expired = speak, .arg = text };

	start();
	referee_panicked(&referee);
	loop_arm(&loop, &timer, now_ns() + 3 * NSEC_PER_SEC / 2);
	loop_run(&loop);
	is(VERDICT_PANIC);
	ck_assert_str_eq(verdict.reason, "Kernel panic - not syncing: x");
}
END_TEST

/* The last bytes and the end are posted by the same vCPU. */
START_TEST(a_marker_and_the_end_do_not_race)
{
	expect("marker");
	start();
	say("marker");
	ck_assert(!power(POWER_TRIPLE_FAULT));
	is(VERDICT_EXPECTED);
}
END_TEST

/* A guest that says it all without the end of a line, and halts. */
START_TEST(nor_do_a_marker_and_a_standstill)
{
	expect("marker");
	start();
	say("marker");
	ck_assert(!power(POWER_HALTED));
	is(VERDICT_EXPECTED);
	referee_free(&referee);
	start();
	say("[    1.000000] Kernel panic - not syncing: x");
	ck_assert(!power(POWER_HALTED));
	is(VERDICT_PANIC);
}
END_TEST

START_TEST(a_marker_ends_the_run)
{
	expect("one");
	type("two");
	expect("three");
	start();
	say("one\n");
	say("three\n");
	loop_run(&loop);
	is(VERDICT_EXPECTED);
	ck_assert_uint_eq(ends, 1);
	ck_assert_str_eq(sent, "two");
	/* What comes then comes too late. */
	say("Kernel panic - not syncing: x\n");
	ck_assert(!power(POWER_RESET));
	is(VERDICT_EXPECTED);
}
END_TEST

START_TEST(a_prompt_ends_it_too)
{
	type("first");
	expect("login: ");
	start();
	ck_assert_str_eq(sent, "first");
	say("login: ");
	loop_run(&loop);
	is(VERDICT_EXPECTED);
}
END_TEST

START_TEST(a_panic_has_its_time)
{
	start();
	say("Kernel panic - not syncing: x\n");
	loop_run(&loop);
	is(VERDICT_PANIC);
	ck_assert_uint_ge(verdict.phase_ns[PHASE_END] -
				  verdict.phase_ns[PHASE_CONSOLE],
			  NSEC_PER_SEC);
}
END_TEST

START_TEST(but_not_after_its_last_words)
{
	start();
	say("Kernel panic - not syncing: x\n");
	say("---[ end Kernel panic - not syncing: x ]---\n");
	loop_run(&loop);
	is(VERDICT_PANIC);
	ck_assert(!referee.patience.armed);
}
END_TEST

START_TEST(the_user_and_signals)
{
	start();
	referee_end(&referee, ENDING_QUIT, NULL);
	is(VERDICT_QUIT);
	referee_free(&referee);
	start();
	referee.signal = SIGTERM;
	referee_end(&referee, ENDING_SIGNAL, NULL);
	is(VERDICT_SIGNAL);
	ck_assert_int_eq(verdict.code, 143);
	referee_free(&referee);
	start();
	referee.signal = SIGTERM;
	ck_assert(!power(POWER_OFF));
	is(VERDICT_POWEROFF);
}
END_TEST

START_TEST(time_outs)
{
	config.verdict.timeout_ns = NSEC_PER_SEC / 10;
	expect("never");
	start();
	loop_run(&loop);
	is(VERDICT_TIMEOUT);
	ck_assert_uint_eq(hangs, 1);
	/* Decided: what the report brings about does not count. */
	say("Kernel panic - not syncing: x\n");
	ck_assert(!power(POWER_RESET));
	is(VERDICT_TIMEOUT);
}
END_TEST

START_TEST(boot_time_outs)
{
	config.verdict.boot_timeout_ns = NSEC_PER_SEC / 10;
	start();
	loop_run(&loop);
	is(VERDICT_BOOT_TIMEOUT);
	referee_free(&referee);

	/* Booted in time: the other one ends it. */
	config.verdict.timeout_ns = NSEC_PER_SEC / 5;
	start();
	say("Run /init as init process\n");
	loop_run(&loop);
	is(VERDICT_TIMEOUT);
	ck_assert_uint_ne(verdict.phase_ns[PHASE_USERSPACE], 0);
	referee_free(&referee);

	expect("one");
	expect("two");
	start();
	say("Run /init as init process\none\n");
	loop_run(&loop);
	is(VERDICT_TIMEOUT);
	referee_free(&referee);

	/* With an expectation, that is what counts. */
	start();
	say("Run /init as init process\n");
	loop_run(&loop);
	is(VERDICT_BOOT_TIMEOUT);
}
END_TEST

START_TEST(silence)
{
	config.verdict.silence_ns = NSEC_PER_SEC / 10;
	start();
	loop_run(&loop);
	is(VERDICT_SILENT);
	referee_free(&referee);
	start();
	say(".");
	loop_run(&loop);
	is(VERDICT_HUNG);
	ck_assert_uint_ge(verdict.phase_ns[PHASE_END] -
				  verdict.phase_ns[PHASE_CONSOLE],
			  NSEC_PER_SEC / 10);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_power_request,
		a_panicked_guest_is_not_restarted,
		nor_one_that_said_so_by_pvpanic,
		nor_is_one_ended_that_may_yet_say_why,
		a_marker_and_the_end_do_not_race,
		nor_do_a_marker_and_a_standstill,
		a_marker_ends_the_run,
		a_prompt_ends_it_too,
		a_panic_has_its_time,
		but_not_after_its_last_words,
		the_user_and_signals,
		time_outs,
		boot_time_outs,
		silence,
		NULL,
	};

	return unit_run(referee_suite("referee", tests));
}
