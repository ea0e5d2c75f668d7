/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last line on the console as an event.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/report/last_line.h"
#include "cli/report/report.h"
#include "cli/report/report_config.h"
#include "cli/verdict/script.h"
#include "tests/fake_clock.h"
#include "tests/unit.h"

static char a_name[] = "a name";
static struct script script;
static struct watch watch;
static struct loop loop;
static struct report_config config;
static struct report report;
static struct last_line last;
static int fds[2];

static void news(void *arg)
{
	(void)arg;
}

static void start(bool listened)
{
	const struct watch_events events = { news, NULL };

	fake_clock.set = true;
	fake_clock.monotonic = 10 * FAKE_SECOND;
	ck_assert_int_eq(pipe(fds), 0);
	config.events_fd = listened ? (unsigned)fds[1] : 0;
	ck_assert_int_eq(report_open(&report, &config, a_name, NSEC_PER_SEC),
			 0);
	ck_assert_int_eq(loop_init(&loop), 0);
	watch_init(&watch, &script, &events);
	last_line_init(&last, &loop, &watch, &report);
}

/* Ends the run; returns the lines of its `console` events, with '|' behind
 * each. */
static const char *stop(void)
{
	static char lines[1024];
	const struct verdict verdict = { .reason = "" };
	char text[4096] = "", *p = text;

	last_line_free(&last);
	watch_free(&watch);
	loop_free(&loop);
	fake_clock.set = false;
	ck_assert_int_eq(report_close(&report, &verdict, 10000), 0);
	ck_assert_int_gt(read(fds[0], text, sizeof(text) - 1), 0);
	lines[0] = '\0';
	while ((p = strstr(p, "\"line\":\""))) {
		p += strlen("\"line\":\"");
		strncat(lines, p, strcspn(p, "}") - 1);
		strncat(lines, "|", 2);
	}
	return lines;
}

static void turn(void)
{
	loop_quit(&loop);
	loop_run(&loop);
}

static void say(const char *text)
{
	watch_output(&watch, MERGE_CONSOLE, (const uint8_t *)text,
		     strlen(text));
	last_line_note(&last);
}

static void later(int64_t ms)
{
	fake_clock.monotonic += ms * (int64_t)NSEC_PER_MSEC;
	turn();
}

START_TEST(at_most_four_in_a_second)
{
	start(true);
	for (unsigned i = 0; i < 1000; i++) {
		char text[16];

		snprintf(text, sizeof(text), "line %u\n", i);
		say(text);
		later(1);
	}
	last_line_end(&last);
	ck_assert_str_eq(stop(), "line 0|line 250|line 500|line 750|line 999|");
}
END_TEST

START_TEST(as_it_stands)
{
	start(true);
	say("login: ");
	later(0);
	/* Nothing new. */
	say(" \r\n\n");
	later(300);
	say("a\n\033[1mb\033[0m\033]0;t\ac\r\n");
	later(300);
	/* Two turns, and only one of them has something to do. */
	later(300);
	later(300);
	say("\033[2J\"\\\xff\x01");
	later(300);
	last_line_end(&last);
	ck_assert_str_eq(stop(), "login:|bc|\\\"\\\\??|");
}
END_TEST

START_TEST(nobody_listens)
{
	start(false);
	say("hello\n");
	ck_assert(!last.noted && !last.spoke.queued);
	last_line_end(&last);
	ck_assert_str_eq(last.told, "");
	fake_clock.set = false;
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { at_most_four_in_a_second, as_it_stands,
				       nobody_listens, NULL };

	return unit_run(unit_suite("last_line", tests));
}
