/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ready.c - when a guest is ready, and what comes of it
 */
#include <signal.h>

#include "tests/referee.h"

static char a_command[] = "true";

static void await(uint16_t port, uint64_t limit_ns)
{
	ck_assert_int_eq(wait_ports_add(&config.verdict.wait, port, limit_ns),
			 0);
	config.verdict.script.goes_on = true;
}

/* The run goes on after that. */
static void go_on(void)
{
	config.services.ready_fd = 3;
	config.verdict.goes_on = true;
	config.verdict.script.goes_on = true;
}

static void go_on_with_a_command(void)
{
	config.services.exec = strdup(a_command);
	config.verdict.goes_on = config.verdict.command = true;
	config.verdict.script.goes_on = true;
}

/* Lets the loop do what was posted. */
static void settle(void)
{
	loop_quit(&loop);
	loop_run(&loop);
}

/* What a quiet Linux shows of its first process. */
static void come_up(void)
{
	referee_opened(&referee);
	settle();
}

START_TEST(all_ports_end_the_run)
{
	await(22, 0);
	await(80, 0);
	start();
	referee_answered(&referee, 1);
	settle();
	ck_assert_uint_eq(ends, 0);
	referee_answered(&referee, 0);
	loop_run(&loop);
	is(VERDICT_EXPECTED);
	ck_assert_str_eq(verdict.reason, "2 of 2 expectations");
	ck_assert_uint_ne(verdict.phase_ns[PHASE_READY], 0);
	ck_assert_uint_eq(readies, 0);
}
END_TEST

/* Whichever is last. */
START_TEST(a_port_and_a_marker_end_it)
{
	await(22, 0);
	expect("one");
	start();
	referee_answered(&referee, 0);
	settle();
	ck_assert_uint_eq(ends, 0);
	say("one\n");
	loop_run(&loop);
	is(VERDICT_EXPECTED);
	referee_free(&referee);

	config.verdict.wait.list[0].answered = false;
	ends = 0;
	start();
	say("one\n");
	settle();
	ck_assert_uint_eq(ends, 0);
	referee_answered(&referee, 0);
	loop_run(&loop);
	is(VERDICT_EXPECTED);
}
END_TEST

/* The marker comes with the end. */
START_TEST(a_port_and_the_end_do_not_race)
{
	await(22, 0);
	expect("one");
	start();
	referee_answered(&referee, 0);
	say("one");
	ck_assert(!power(POWER_OFF));
	is(VERDICT_EXPECTED);
}
END_TEST

START_TEST(a_port_is_missed)
{
	await(22, 0);
	await(80, 0);
	expect("one");
	start();
	say("one\n");
	referee_answered(&referee, 0);
	settle();
	ck_assert(!power(POWER_OFF));
	is(VERDICT_EXPECT);
	ck_assert_str_eq(verdict.reason, "test; waiting for port 80 (3 of 3)");
}
END_TEST

START_TEST(a_port_has_its_time)
{
	await(22, NSEC_PER_SEC / 10);
	await(80, NSEC_PER_SEC / 5);
	start();
	referee_answered(&referee, 0);
	loop_run(&loop);
	is(VERDICT_EXPECT);
	ck_assert_uint_eq(hangs, 1);
	ck_assert_str_eq(verdict.reason, "port 80: no answer within 0.2 s");
}
END_TEST

START_TEST(a_ready_guest_goes_on)
{
	go_on();
	expect("one");
	await(22, NSEC_PER_SEC / 20);
	config.verdict.timeout_ns = NSEC_PER_SEC / 10;
	start();
	ck_assert_uint_eq(readies, 0);
	referee_answered(&referee, 0);
	say("one\n");
	loop_run(&loop);
	is(VERDICT_TIMEOUT);
	ck_assert_uint_eq(readies, 1);
	ck_assert_str_eq(verdict.reason, "no end within 0.1 s");
}
END_TEST

START_TEST(it_may_end_as_it_likes)
{
	go_on();
	start();
	ck_assert_uint_eq(readies, 0);
	come_up();
	ck_assert_uint_eq(readies, 1);
	ck_assert(!power(POWER_OFF));
	is(VERDICT_POWEROFF);
}
END_TEST

/* Nothing is forgiven a guest for having been ready. */
START_TEST(it_may_not_panic)
{
	go_on();
	expect("one");
	start();
	say("one\n");
	settle();
	ck_assert_uint_eq(readies, 1);
	say("Kernel panic - not syncing: x\n");
	loop_run(&loop);
	is(VERDICT_PANIC);
}
END_TEST

START_TEST(a_panicked_guest_is_not_ready)
{
	go_on();
	await(22, 0);
	start();
	say("Kernel panic - not syncing: x\n");
	referee_answered(&referee, 0);
	loop_run(&loop);
	is(VERDICT_PANIC);
	ck_assert_uint_eq(readies, 0);
}
END_TEST

START_TEST(a_command_ends_it)
{
	go_on_with_a_command();
	start();
	ck_assert_uint_eq(readies, 0);
	come_up();
	ck_assert_uint_eq(readies, 1);
	referee_command(&referee, 7);
	is(VERDICT_COMMAND);
	ck_assert_int_eq(verdict.code, 7);
}
END_TEST

START_TEST(a_panic_beside_a_command_counts)
{
	go_on_with_a_command();
	start();
	ck_assert_uint_eq(readies, 0);
	come_up();
	say("Kernel panic - not syncing: x\n");
	referee_command(&referee, 0);
	is(VERDICT_PANIC);
	/* Too late. */
	ends = 0;
	referee_command(&referee, 0);
	ck_assert_uint_eq(ends, 0);
}
END_TEST

/* No first process of it would be seen. */
START_TEST(what_is_not_linux_is_ready_at_once)
{
	go_on_with_a_command();
	config.verdict.not_linux = true;
	start();
	settle();
	ck_assert_uint_eq(readies, 1);
	ck_assert(!power(POWER_OFF));
	is(VERDICT_EXPECT);
	ck_assert_str_eq(verdict.reason,
			 "test; waiting for the end of --exec (1 of 1)");
}
END_TEST

START_TEST(a_guest_may_not_leave_a_command_alone)
{
	go_on_with_a_command();
	start();
	ck_assert(!power(POWER_OFF));
	is(VERDICT_EXPECT);
	ck_assert_str_eq(verdict.reason,
			 "test; waiting for a first process, for --exec "
			 "(1 of 1)");
	ck_assert_uint_eq(readies, 0);
	referee_free(&referee);
	start();
	come_up();
	ck_assert(!power(POWER_OFF));
	is(VERDICT_EXPECT);
	ck_assert_str_eq(verdict.reason,
			 "test; waiting for the end of --exec (1 of 1)");
	referee_free(&referee);
	start();
	come_up();
	referee.signal = SIGTERM;
	ck_assert(!power(POWER_OFF));
	is(VERDICT_SIGNAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_ports_end_the_run,
		a_port_and_a_marker_end_it,
		a_port_and_the_end_do_not_race,
		a_port_is_missed,
		a_port_has_its_time,
		a_ready_guest_goes_on,
		it_may_end_as_it_likes,
		it_may_not_panic,
		a_panicked_guest_is_not_ready,
		a_command_ends_it,
		a_panic_beside_a_command_counts,
		what_is_not_linux_is_ready_at_once,
		a_guest_may_not_leave_a_command_alone,
		NULL,
	};

	return unit_run(referee_suite("ready", tests));
}
