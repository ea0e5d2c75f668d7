/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_watch.c - scripts, and the console as they see it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/watch.h"
#include "tests/unit.h"

static struct script script;
static struct watch watch;
static unsigned told;
static struct pattern_error error;

static void count(void *arg)
{
	(void)arg;
	told++;
}

static void expect(const char *pattern)
{
	ck_assert_msg(!script_expect(&script, pattern, &error), "%s",
		      error.text);
}

static void forbid(const char *pattern)
{
	ck_assert_msg(!script_forbid(&script, pattern, &error), "%s",
		      error.text);
}

static void start(void)
{
	const struct watch_events events = { count, NULL };

	watch_init(&watch, &script, &events);
}

static void stop(void)
{
	watch_free(&watch);
	script_free(&script);
}

static void bytes(const void *buf, size_t len)
{
	watch_output(&watch, MERGE_CONSOLE, buf, len);
}

/* As a UART's: a byte at a time. */
static void say(const char *text)
{
	for (; *text; text++)
		bytes(text, 1);
}

static size_t met(void)
{
	return watch_news(&watch).met;
}

START_TEST(expectations_are_met_in_order)
{
	expect("^one$");
	expect("two|zwei");
	expect("[0-9]+$");
	start();
	say("two\n12\n");
	ck_assert_uint_eq(met(), 0);
	say("one");
	ck_assert_uint_eq(met(), 0);
	say("\r\n");
	ck_assert_uint_eq(met(), 1);
	ck_assert(!watch_news(&watch).satisfied);
	say("three\r\nzwei and 34\r\n");
	ck_assert_uint_eq(met(), 3);
	ck_assert(watch_news(&watch).satisfied);
	stop();
}
END_TEST

/* A byte that one expectation has matched is not there for the next. */
START_TEST(every_byte_counts_once)
{
	expect("aa");
	expect("aa");
	expect("b");
	start();
	say("aaa b\n");
	ck_assert_uint_eq(met(), 1);
	say("aa\n");
	ck_assert_uint_eq(met(), 2);
	say("\nb\n");
	ck_assert_uint_eq(met(), 3);
	stop();
}
END_TEST

START_TEST(anchors_are_those_of_lines)
{
	expect("x");
	expect("^y");
	expect("^$");
	expect("^z");
	start();
	/* After the x, y is at no line's beginning. */
	say("xy\n");
	ck_assert_uint_eq(met(), 1);
	say("y\n");
	ck_assert_uint_eq(met(), 2);
	say("not empty\n");
	ck_assert_uint_eq(met(), 2);
	say("\n");
	ck_assert_uint_eq(met(), 3);
	say("z");
	watch_look(&watch);
	ck_assert_uint_eq(met(), 4);
	stop();
}
END_TEST

START_TEST(a_prompt_is_found_when_looked_at)
{
	expect("login: $");
	expect("login: ");
	start();
	told = 0;
	say("login: ");
	/* Once, not for each byte: the first byte of all, and the line. */
	ck_assert_uint_eq(told, 2);
	ck_assert(watch_news(&watch).unfinished);
	ck_assert_uint_eq(met(), 0);
	watch_look(&watch);
	/* It is not known that nothing follows. */
	ck_assert_uint_eq(met(), 0);
	ck_assert(!watch_news(&watch).unfinished);
	say("\nlogin: ");
	ck_assert_uint_eq(met(), 1);
	ck_assert(watch_news(&watch).unfinished);
	watch_look(&watch);
	ck_assert_uint_eq(met(), 2);
	ck_assert(watch_news(&watch).satisfied);
	stop();
}
END_TEST

START_TEST(across_lines_if_the_pattern_says_so)
{
	expect("one\\ntwo\\n");
	expect("end");
	start();
	say("one\n\ntwo\none\ntw");
	watch_look(&watch);
	ck_assert_uint_eq(met(), 0);
	say("o\n");
	ck_assert_uint_eq(met(), 1);
	say("end\n");
	ck_assert_uint_eq(met(), 2);
	stop();
}
END_TEST

/* Wherever in a line without end the edges of the buffer are. */
START_TEST(across_the_edges_of_the_buffer)
{
	const size_t pads[] = { 0,
				1,
				WATCH_TEXT / 2 - 3,
				WATCH_TEXT - 6,
				WATCH_TEXT - 3,
				WATCH_TEXT,
				3 * WATCH_TEXT - 2 };

	for (size_t i = 0; i < ARRAY_SIZE(pads); i++) {
		expect("marker");
		expect("marker");
		forbid("^marker|never");
		forbid("evil");
		start();
		say("?");
		for (size_t n = 0; n < pads[i]; n++)
			bytes(".", 1);
		say("marker");
		for (size_t n = 0; n < 2 * WATCH_TEXT; n++)
			bytes(".", 1);
		watch_look(&watch);
		ck_assert_uint_eq(met(), 1);
		ck_assert(!watch_news(&watch).complaint);
		say("evi");
		for (size_t n = 0; n < 100; n++)
			bytes("", 1);
		say("evil\n");
		ck_assert_int_eq(watch_news(&watch).complaint,
				 COMPLAINT_FORBIDDEN);
		stop();
	}
}
END_TEST

START_TEST(nul_and_other_bytes_are_bytes)
{
	static const char noise[] = "\0\xff\x80"
				    "a\0b marker\0\n";

	expect("marker");
	start();
	bytes(noise, sizeof(noise) - 1);
	ck_assert_uint_eq(met(), 1);
	stop();
}
END_TEST

/* A job has begun a line that it will never end. */
START_TEST(a_panic_does_not_wait_for_a_line)
{
	char line[WATCH_LINE];

	forbid("default");
	start();
	watch_output(&watch, MERGE_STDOUT, (const uint8_t *)"test 1 ... ", 11);
	say("[    1.0] usb 1-1: new device\n");
	watch_output(&watch, MERGE_STDOUT, (const uint8_t *)"2 ... ", 6);
	ck_assert_mem_eq(watch.text, "test 1 ... 2 ... ", 17);
	say("[    1.204331] Kernel panic - not syncing: VFS: x\n");
	ck_assert_int_eq(watch_news(&watch).complaint, COMPLAINT_PANIC);
	ck_assert_str_eq(watch_complaint(&watch, line),
			 "Kernel panic - not syncing: VFS: x");
	say("[  2.000000] ---[ end Kernel panic - not syncing: VFS: x ]---\n");
	ck_assert(watch_news(&watch).last_words);
	stop();
}
END_TEST

/* Of what kernels say, all lines are in test_symptoms.c. */
START_TEST(a_kernel_says_that_it_is_broken)
{
	char line[WATCH_LINE];

	forbid("default");
	start();
	say("[    1.204331] Kernel panic - not syncing: VFS: x");
	/* Not before the line is whole. */
	ck_assert(!watch_news(&watch).complaint);
	say("\r\n[    1.204332] y\n");
	ck_assert_int_eq(watch_news(&watch).complaint, COMPLAINT_PANIC);
	ck_assert_str_eq(watch_complaint(&watch, line),
			 "Kernel panic - not syncing: VFS: x");
	ck_assert(!watch_news(&watch).last_words);
	say("[  2.000000] ---[ end Kernel panic - not syncing: VFS: x ]---\n");
	ck_assert(watch_news(&watch).last_words);
	stop();
}
END_TEST

/* What stands before a message in its line: @before, @len bytes. */
static void says_behind(const char *before, size_t len, const char *text,
			bool heard)
{
	forbid("default");
	start();
	bytes(before, len);
	say(text);
	ck_assert_msg(heard ==
			      (watch_news(&watch).complaint == COMPLAINT_PANIC),
		      "%s%s", before, text);
	if (heard) {
		char line[WATCH_LINE];

		ck_assert_str_eq(watch_complaint(&watch, line),
				 "Kernel panic - not syncing: x");
	}
	stop();
}

START_TEST(a_message_need_not_begin_its_line)
{
	static const char stamped[] =
		"[   14.003101] Kernel panic - not syncing: x\n";
	static const char called[] =
		"[   14.003101][    T1] Kernel panic - not syncing: x\r\n";
	static const char plain[] = "Kernel panic - not syncing: x\n";
#define BEHIND(before, text, heard)                                            \
	says_behind(before, sizeof(before) - 1, text, heard)
	BEHIND("", stamped, true);
	BEHIND("", plain, true);
	BEHIND("test 1 ... ", stamped, true);
	BEHIND("test 1 ... ", called, true);
	BEHIND("\x1b[32mok\x1b[0m \0\xff\xc3", stamped, true);
	BEHIND("[    1.2] [12.000000 [[ ", stamped, true);
	BEHIND("[   14.003100] usb 1-1: new high-sp", stamped, true);
	/* Without a stamp it must begin the line, or what is seen as one. */
	BEHIND("50%\r60%\r", plain, true);
	BEHIND("\x1b[?25h\x1b[0m", plain, true);
	BEHIND("\0\0\xff\xfe", plain, true);
	BEHIND("test 1 ... ", plain, false);
	BEHIND("# grep '", plain, false);
	BEHIND("\r ", plain, false);
	BEHIND("[14.003] ", plain, false);
#undef BEHIND
}
END_TEST

/* However long the line is, and wherever the edges of the buffer are. */
START_TEST(a_message_is_seen_behind_a_long_line)
{
	const size_t pads[] = { WATCH_TEXT / 2 - 20, WATCH_TEXT - 20,
				WATCH_TEXT - 1,	     WATCH_TEXT,
				5 * WATCH_TEXT + 7,  10 << 20 };

	for (size_t i = 0; i < ARRAY_SIZE(pads); i++) {
		char *pad = malloc(pads[i]);

		memset(pad, '.', pads[i]);
		says_behind(pad, pads[i],
			    "[   14.003101] Kernel panic - not syncing: x\n",
			    true);
		free(pad);
	}
}
END_TEST

START_TEST(warnings_count_if_they_are_asked_for)
{
	static const char warning[] =
		"[    2.100000] WARNING: CPU: 0 PID: 1 at mm/x.c:7 f+0x1/0x2\n";
	char line[WATCH_LINE];

	forbid("default");
	start();
	say(warning);
	ck_assert(!watch_news(&watch).complaint);
	stop();

	forbid("warnings");
	start();
	say("[    1.000000] Oops: 0002 [#1] SMP\n");
	ck_assert(!watch_news(&watch).complaint);
	say(warning);
	ck_assert_int_eq(watch_news(&watch).complaint, COMPLAINT_FORBIDDEN);
	ck_assert_str_eq(watch_complaint(&watch, line),
			 "WARNING: CPU: 0 PID: 1 at mm/x.c:7 f+0x1/0x2");
	stop();
}
END_TEST

/* The time that a byte takes does not grow with its line, whatever the
 * patterns: these once took minutes for this line. */
START_TEST(patterns_are_matched_in_linear_time)
{
	enum { LEN = 10 << 20 };
	char *text = malloc(LEN);

	expect("(a*)*b");
	expect("([ab]|a)*a+c");
	forbid("(a+a+)+y");
	forbid("a+b$");
	start();
	memset(text, 'a', LEN);
	bytes("b", 1);
	bytes(text, LEN);
	ck_assert_uint_eq(met(), 1);
	/* And as a prompt that is looked at again and again. */
	for (unsigned i = 0; i < 4000; i++) {
		bytes("a", 1);
		watch_look(&watch);
	}
	ck_assert_uint_eq(met(), 1);
	say("c");
	watch_look(&watch);
	ck_assert(watch_news(&watch).satisfied);
	stop();
	free(text);
}
END_TEST

START_TEST(the_worst_complaint_counts)
{
	char line[WATCH_LINE];

	forbid("default");
	forbid("FAILED");
	start();
	say("FAILED\nOops: 1\nFAILED\nKernel panic - not syncing: y\nOops: 2\n");
	ck_assert_int_eq(watch_news(&watch).complaint, COMPLAINT_PANIC);
	ck_assert_str_eq(watch_complaint(&watch, line),
			 "Kernel panic - not syncing: y");
	stop();
}
END_TEST

START_TEST(what_comes_first_decides)
{
	expect("ready");
	forbid("default");
	start();
	say("ready\nKernel panic - not syncing: z\n");
	ck_assert(watch_news(&watch).satisfied);
	ck_assert(!watch_news(&watch).complaint);
	stop();

	expect("ready");
	forbid("default");
	start();
	say("Kernel panic - not syncing: z\nready\n");
	ck_assert(!watch_news(&watch).satisfied);
	ck_assert(watch_news(&watch).complaint);
	stop();

	/* A panic that is expected is none. */
	expect("Kernel panic");
	forbid("default");
	start();
	say("Kernel panic - not syncing: z\n");
	ck_assert(watch_news(&watch).satisfied);
	stop();
}
END_TEST

START_TEST(none_forbids_nothing)
{
	forbid("default");
	forbid("x");
	forbid("none");
	ck_assert(!script_forbids(&script));
	forbid("^q");
	start();
	say("Kernel panic - not syncing: z\nx\n");
	ck_assert(!watch_news(&watch).complaint);
	say("q\n");
	ck_assert(watch_news(&watch).complaint);
	stop();
}
END_TEST

START_TEST(sends_are_done_in_their_turn)
{
	ck_assert_int_eq(script_send(&script, "a", &error), 0);
	expect("# ");
	ck_assert_int_eq(script_send(&script, "b", &error), 0);
	ck_assert_int_eq(script_send(&script, "c", &error), 0);
	start();
	ck_assert_uint_eq(watch_news(&watch).done, 1);
	say("# ");
	watch_look(&watch);
	ck_assert_uint_eq(watch_news(&watch).done, 4);
	/* The last was no expectation: the guest may go on. */
	ck_assert(!watch_news(&watch).satisfied);
	stop();
}
END_TEST

START_TEST(escapes)
{
	static const uint8_t wanted[] = "a\n\r\t\033\x80\\";

	ck_assert_int_eq(script_send(&script, "a\\n\\r\\t\\e\\x80\\\\", &error),
			 0);
	ck_assert_uint_eq(script.steps[0].len, sizeof(wanted) - 1);
	ck_assert_mem_eq(script.steps[0].bytes, wanted, sizeof(wanted) - 1);
	ck_assert_int_eq(script_send(&script, "\\q", &error), -EINVAL);
	ck_assert_int_eq(script_send(&script, "\\x8", &error), -EINVAL);
	ck_assert_int_eq(script_send(&script, "\\", &error), -EINVAL);
	/* A backslash that is meant. */
	expect("a\\\\n[.]\\.");
	start();
	say("a\\n..\n");
	ck_assert_uint_eq(met(), 1);
	stop();
}
END_TEST

START_TEST(bad_patterns_are_refused)
{
	static const char *const bad[] = { "", "(", "[a", "a{2,1}", "(a)\\1" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		error.text[0] = '\0';
		ck_assert_int_eq(script_expect(&script, bad[i], &error),
				 -EINVAL);
		ck_assert(error.text[0]);
		ck_assert_int_eq(script_forbid(&script, bad[i], &error),
				 -EINVAL);
	}
	ck_assert_int_eq(script_forbid(&script, "a\\nb", &error), -EINVAL);
	ck_assert_uint_eq(script.n_steps + script.n_forbidden, 0);
	script_free(&script);
}
END_TEST

START_TEST(landmarks)
{
	struct watch_news news;
	uint64_t before = now_ns();

	start();
	news = watch_news(&watch);
	ck_assert(!news.first_ns && !news.last_ns && !news.userspace_ns);
	say("[    1.0] Run /ini");
	news = watch_news(&watch);
	ck_assert_uint_ge(news.first_ns, before);
	ck_assert_uint_ge(news.last_ns, news.first_ns);
	ck_assert(!news.userspace_ns);
	say("t as init process\n");
	ck_assert_uint_ge(watch_news(&watch).userspace_ns, before);
	ck_assert_uint_eq(watch_news(&watch).first_ns, news.first_ns);
	/* The first sign counts. */
	news = watch_news(&watch);
	watch_opened(&watch);
	ck_assert_uint_eq(watch_news(&watch).userspace_ns, news.userspace_ns);
	stop();
	start();
	watch_opened(&watch);
	ck_assert_uint_ne(watch_news(&watch).userspace_ns, 0);
	stop();
}
END_TEST

START_TEST(the_tail_is_the_end)
{
	char tail[WATCH_TAIL];
	size_t n;

	start();
	say("short\r\n");
	n = watch_tail(&watch, tail);
	ck_assert_uint_eq(n, 6);
	ck_assert_mem_eq(tail, "short\n", 6);
	for (unsigned i = 0; i < 2 * WATCH_TAIL; i++)
		bytes("x", 1);
	say("end");
	n = watch_tail(&watch, tail);
	ck_assert_uint_eq(n, WATCH_TAIL);
	ck_assert_mem_eq(tail + n - 4, "xend", 4);
	ck_assert_int_eq(tail[0], 'x');
	stop();
}
END_TEST

/* Lines that are cut, returned in, or too long for the room still count once.
 */
START_TEST(results_are_read_line_by_line)
{
	struct subtests tests;

	script.ktap = true;
	expect("never\nthis");
	start();
	say("KTAP version 1\r\n1..4\r\n10%\r100%\rok 1 a\r\n");
	say("not ok 2 ");
	for (unsigned i = 0; i < 3 * WATCH_TEXT; i++)
		say("x");
	say("\nok 3 c");
	say("\n");
	for (unsigned i = 0; i < 2 * WATCH_TEXT; i++)
		say("x");
	say("ok 4 middle\n");
	say("not ok 4 last");
	watch_end(&watch);
	ck_assert(watch_subtests(&watch, &tests));
	ck_assert_uint_eq(tests.count[SUBTEST_PASS], 2);
	ck_assert_uint_eq(tests.count[SUBTEST_FAIL], 2);
	ck_assert_str_eq(tests.list[3].name, "last");
	/* Nothing more is heard. */
	say("not ok 5 later\n");
	ck_assert_uint_eq(tests.n, 4);
	subtests_free(&tests);
	script.ktap = false;
	stop();
}
END_TEST

START_TEST(results_are_not_looked_for_unasked)
{
	struct subtests tests;

	start();
	say("KTAP version 1\nnot ok 1 a\n");
	ck_assert(!watch_subtests(&watch, &tests));
	stop();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		expectations_are_met_in_order,
		every_byte_counts_once,
		anchors_are_those_of_lines,
		a_prompt_is_found_when_looked_at,
		across_lines_if_the_pattern_says_so,
		across_the_edges_of_the_buffer,
		nul_and_other_bytes_are_bytes,
		a_panic_does_not_wait_for_a_line,
		a_kernel_says_that_it_is_broken,
		a_message_need_not_begin_its_line,
		a_message_is_seen_behind_a_long_line,
		warnings_count_if_they_are_asked_for,
		patterns_are_matched_in_linear_time,
		the_worst_complaint_counts,
		what_comes_first_decides,
		none_forbids_nothing,
		sends_are_done_in_their_turn,
		escapes,
		bad_patterns_are_refused,
		landmarks,
		the_tail_is_the_end,
		results_are_read_line_by_line,
		results_are_not_looked_for_unasked,
		NULL,
	};

	return unit_run(unit_suite("watch", tests));
}
