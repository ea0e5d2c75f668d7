/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * referee.h - a run for the referee to judge
 *
 * The events are those of a run; the loop is a real one.
 */
#ifndef TESTS_REFEREE_H
#define TESTS_REFEREE_H

#include <string.h>

#include "base/util.h"
#include "cli/options/config.h"
#include "cli/verdict/referee.h"
#include "tests/unit.h"

static struct config config;
static struct loop loop;
static struct verdict verdict;
static struct referee referee;
static unsigned ends, hangs, readies;
static char sent[64];

static inline void end(void *arg)
{
	(void)arg;
	ends++;
	loop_quit(&loop);
}

static inline void hung(void *arg)
{
	hangs++;
	end(arg);
}

static inline void send_text(void *arg, const uint8_t *buf, size_t len)
{
	(void)arg;
	strncat(sent, (const char *)buf, len);
}

static inline void reached(void *arg, enum phase phase, uint64_t when_ns)
{
	(void)arg;
	(void)phase;
	(void)when_ns;
}

static inline void become_ready(void *arg)
{
	(void)arg;
	readies++;
}

static inline void spoke(void *arg)
{
	(void)arg;
}

static const struct referee_ops ops = { end,	   hung,	 reached,
					send_text, become_ready, spoke };

static inline void set_up(void)
{
	struct pattern_error error;

	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(
		script_forbid(&config.verdict.script, "default", &error), 0);
}

static inline void tear_down(void)
{
	referee_free(&referee);
	loop_free(&loop);
	config_free(&config);
}

static inline void expect(const char *pattern)
{
	struct pattern_error error;

	ck_assert_int_eq(script_expect(&config.verdict.script, pattern, &error),
			 0);
}

static inline void type(const char *text)
{
	struct pattern_error error;

	ck_assert_int_eq(script_send(&config.verdict.script, text, &error), 0);
}

static inline void start(void)
{
	verdict.phase_ns[PHASE_START] = now_ns();
	referee_init(&referee, &config.verdict, &loop, &verdict, &ops, NULL);
	referee_start(&referee);
	referee_guest_starts(&referee);
}

static inline void say(const char *text)
{
	for (; *text; text++)
		referee_output(&referee, (const uint8_t *)text, 1);
}

static inline bool power(enum power_request what)
{
	const struct power_event event = { .what = what,
					   .by = "test",
					   .code = 7 };

	return referee_power(&referee, &event);
}

static inline void is(enum verdict_word word)
{
	ck_assert_msg(verdict.word == word, "%s, not %s",
		      verdict_name(verdict.word), verdict_name(word));
	ck_assert_uint_ge(ends, 1);
	ck_assert_uint_ge(verdict.phase_ns[PHASE_END],
			  verdict.phase_ns[PHASE_START]);
}

/* A suite of the NULL-terminated @tests. */
static inline Suite *referee_suite(const char *name, const TTest *const *tests)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	suite_add_tcase(suite, tcase);
	return suite;
}

#endif
