/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ktap.c - results of tests on a console, transcript by transcript
 *
 * The transcripts are as KUnit, kselftest and TAP's own tools write them, whole
 * and with all that can befall them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/ktap.h"
#include "tests/unit.h"

static struct ktap ktap;

static void set_up(void)
{
	ktap = (struct ktap){ .begun = false };
}

static void tear_down(void)
{
	subtests_free(&ktap.tests);
}

static void say(const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		ktap_line(&ktap, text, len);
		text += len + (text[len] == '\n');
	}
}

/* A line for each test; to be freed. */
static char *told(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < ktap.tests.n; i++) {
		const struct subtest *t = &ktap.tests.list[i];

		fprintf(out, "%s %s%s%s", subtest_result_name(t->result),
			t->group ? t->group : "", t->group ? "/" : "", t->name);
		if (t->why)
			fprintf(out, ": %s", t->why);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

static const struct row {
	const char *said, *told;
} rows[] = {
	/* The specification's own hierarchy. */
	{ "KTAP version 1\n"
	  "1..2\n"
	  "  KTAP version 1\n"
	  "  1..2\n"
	  "    KTAP version 1\n"
	  "    1..2\n"
	  "    # test_1: a diagnostic\n"
	  "    not ok 1 test_1\n"
	  "    ok 2 test_2\n"
	  "  not ok 1 test_3\n"
	  "  ok 2 test_4 # SKIP no device\n"
	  "not ok 1 example_test_1\n"
	  "ok 2 example_test_2\n",
	  "fail example_test_1.test_3/test_1\n"
	  "pass example_test_1.test_3/test_2\n"
	  "skip example_test_1/test_4: no device\n"
	  "pass example_test_2\n" },
	/* KUnit of Linux 6.x, with printk's times, and what else it says. */
	{ "[    0.0] no stamp\n"
	  "[    0.512345] KTAP version 1\n"
	  "[    0.512400] 1..2\n"
	  "[    0.512500]     KTAP version 1\n"
	  "[    0.512600]     # Subtest: example\n"
	  "[    0.512700]     # module: kunit_example_test\n"
	  "[    0.512800]     1..3\n"
	  "[    0.512900]     # example_simple_test: initializing\n"
	  "[    0.513000]     ok 1 example_simple_test\n"
	  "[    0.513100] random: crng init done\n"
	  "[    0.513200]     # example_skip_test: You should not see\n"
	  "[    0.513300]     ok 2 example_skip_test # SKIP this is one\n"
	  "[    0.513400]         KTAP version 1\n"
	  "[    0.513500]         # Subtest: example_params_test\n"
	  "[    0.513600]         ok 1 example value 3 # SKIP unsupported\n"
	  "[    0.513700]         ok 2 example value 2\n"
	  "[    0.513800]     # example_params_test: pass:1 fail:0 skip:1\n"
	  "[    0.513900]     ok 3 example_params_test\n"
	  "[    0.514000] # example: pass:2 fail:0 skip:1 total:3\n"
	  "[    0.514100] # Totals: pass:2 fail:0 skip:2 total:4\n"
	  "[   10.514200][    T1] ok 1 example\n"
	  "[   10.514300][    T1]     KTAP version 1\n"
	  "[   10.514400][    T1]     # Subtest: list\n"
	  "[   10.514500][    T1]     1..1\n"
	  "[   10.514600][    T1]     # list_add: EXPECTATION FAILED at a.c:7\n"
	  "[   10.514700][    T1]     Expected 1 == 2, but\n"
	  "[   10.514800][    T1]     not ok 1 list_add\n"
	  "[   10.514900][    T1] not ok 2 list\n",
	  "pass example/example_simple_test\n"
	  "skip example/example_skip_test: this is one\n"
	  "skip example.example_params_test/example value 3: unsupported\n"
	  "pass example.example_params_test/example value 2\n"
	  "fail list/list_add\n" },
	/* That of Linux 5.x, which says no version for a group. */
	{ "<6>TAP version 14\n"
	  "<6>1..1\n"
	  "<6>    # Subtest: sysctl_test\n"
	  "<6>    1..2\n"
	  "<6>    ok 1 - null_maxlen\n"
	  "<6>    ok 2 - len_is_zero\n"
	  "<6>ok 1 - sysctl_test\n",
	  "pass sysctl_test/null_maxlen\npass sysctl_test/len_is_zero\n" },
	/* Modules: each has a plan, and the numbers go on. */
	{ "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: a\n"
	  "    1..1\n    ok 1 x\nok 1 a\n"
	  "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: b\n"
	  "    1..1\n    ok 1 x\nok 2 b\n",
	  "pass a/x\npass b/x\n" },
	/* kselftest. */
	{ "TAP version 13\n"
	  "1..4\n"
	  "# timeout set to 45\n"
	  "# selftests: timers: posix_timers\n"
	  "# TAP version 13\n"
	  "# 1..2\n"
	  "# # Testing posix timers.\n"
	  "# ok 1 check_itimer virtual\n"
	  "# not ok 2 check_itimer real # off by 3\n"
	  "# # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0\n"
	  "not ok 1 selftests: timers: posix_timers # exit=1\n"
	  "# selftests: net: script.sh\n"
	  "# ok 1 of my tries\n"
	  "# not ok 7 is what a script says\n"
	  "ok 2 selftests: net: script.sh\n"
	  "# 1..0 # SKIP no root\n"
	  "ok 3 selftests: mm: needs_root # SKIP\n"
	  "not ok 4 selftests: x: slow # TIMEOUT 45 seconds\n",
	  "pass selftests: timers: posix_timers/check_itimer virtual\n"
	  "fail selftests: timers: posix_timers/check_itimer real: off by 3\n"
	  "pass selftests: net: script.sh\n"
	  "skip selftests: mm: needs_root\n"
	  "fail selftests: x: slow: TIMEOUT 45 seconds\n" },
	/* The functions of kselftest.h. */
	{ "TAP version 13\n1..6\nok 1 # SKIP no cpu\nok 2 # XFAIL known\n"
	  "not ok 3 # error mmap\nnot ok 4 old # TODO mend\nok 5 # XPASS it\n"
	  "not ok 6 gone # SKIP\n",
	  "skip no cpu\npass known\nfail error mmap\ntodo old: mend\n"
	  "pass XPASS it\nskip gone\n" },
	/* TAP 14, with the plan at the end. */
	{ "TAP version 14\nok - one\n# Subtest: two\n    ok 1 - in\n"
	  "    not ok - out\n    1..2\nnot ok 2 - two\n1..2\n",
	  "pass one\npass two/in\nfail two/out\n" },
	/* Whose word is it that a group is well? */
	{ "KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 a\n"
	  "ok 1 g\n",
	  "fail g/a\n" },
	{ "KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  ok 1 a\n"
	  "not ok 1 g # exit=1\n",
	  "pass g/a\nfail g: exit=1\n" },
	{ "KTAP version 1\n1..1\nok 1 a # TIMEOUT\n", "fail a: TIMEOUT\n" },
	{ "KTAP version 1\n1..1\nok 1 a # ERROR: no\n", "fail a: ERROR: no\n" },
	{ "KTAP version 1\n1..1\nok 1 a # rcode=0\n", "pass a: rcode=0\n" },
	{ "KTAP version 1\n1..1\nnot ok 1 a # Skipping is no word\n",
	  "fail a: Skipping is no word\n" },
	/* What is missing is a failure. */
	{ "", "fail KTAP: no line \"KTAP version 1\" came on the console\n" },
	{ "ok 1 a\n1..1\n",
	  "fail KTAP: no line \"KTAP version 1\" came on the console\n" },
	{ "KTAP version 1\n", "fail plan: not one result came\n" },
	{ "KTAP version 1\n1..0\n", "fail plan: not one result came\n" },
	{ "TAP version 13\n1..0 # SKIP no root\n", "skip plan: no root\n" },
	{ "KTAP version 1\n1..3\nok 1 a\nok 2 b\n",
	  "pass a\npass b\nfail plan: 3 tests planned, 2 results came\n" },
	{ "KTAP version 1\n1..1\nok 1 a\nok 2 b\n",
	  "pass a\npass b\nfail plan: 1 tests planned, 2 results came\n" },
	{ "KTAP version 1\n1..2\nok 1 a\nKTAP version 1\n1..1\nok 1 b\n",
	  "pass a\nfail plan: 2 tests planned, 1 results came\npass b\n" },
	/* Nothing was planned: then only a gap tells. */
	{ "TAP version 13\nok 1 a\nok 2 b\n", "pass a\npass b\n" },
	{ "TAP version 13\nok 1 a\nok 3 b\n",
	  "pass a\npass b\nfail plan: only 2 results came, up to 3\n" },
	/* A group with fewer than planned, though it says that it is well. */
	{ "KTAP version 1\n1..1\n  KTAP version 1\n  1..3\n  ok 1 a\nok 1 g\n",
	  "pass g/a\nfail g: 3 tests planned, 1 results came\n" },
	{ "KTAP version 1\n1..1\n  KTAP version 1\n  1..3\n  ok 1 a\n"
	  "ok 1 g # SKIP half\n",
	  "pass g/a\n" },
	/* A group that doesn't end. */
	{ "KTAP version 1\n1..2\n    KTAP version 1\n    # Subtest: g\n"
	  "    1..2\n    ok 1 a\n",
	  "pass g/a\nfail g: 2 tests planned, 1 results came\n"
	  "fail plan: 2 tests planned, 1 results came\n" },
	{ "KTAP version 1\n1..2\n    KTAP version 1\n    # Subtest: g\n"
	  "    1..1\n    ok 1 a\n    KTAP version 1\n    # Subtest: h\n"
	  "    1..1\n    ok 1 b\nok 2 h\n",
	  "pass g/a\nfail g: it has no result\npass h/b\n" },
	{ "TAP version 13\n1..5\nok 1 a\nBail out! no memory\nok 2 b\n",
	  "pass a\nfail Bail out!: no memory\n" },
	{ "TAP version 13\n1..2\n# TAP version 13\n# 1..5\n# Bail out!\n"
	  "not ok 1 g\nok 2 h\n",
	  "fail g/Bail out!\npass h\n" },
	/* A kernel's message in the midst of a program's line, and the other
	 * way round; each of them goes on with its own results. */
	{ "TAP version 13\n1..2\nok 1 a[    5.123456] eth0: link up\n"
	  "[    5.200000] KTAP version 1\n[    5.200001] 1..1\n"
	  "and[    5.200002] ok 1 k\nok 2 b\n",
	  "pass a\npass k\npass b\n" },
	/* Colours and levels in front. */
	{ "\033[0mTAP version 13\n1..1\n\033[32mok 1 a\n", "pass a\n" },
	/* What only looks like it. */
	{ "TAP version 13\n1..1\nok then\nokay 1\nnot okay 2\nok 1a b\n"
	  "1..2 and more\nTAP version 13 is used here\nok 12345678901 n\n"
	  "ok 1 a\n",
	  "pass a\n" },
	/* Deeper than groups are told apart. */
	{ "KTAP version 1\n1..1\n KTAP version 1\n  KTAP version 1\n"
	  "   KTAP version 1\n    KTAP version 1\n     KTAP version 1\n"
	  "      KTAP version 1\n       KTAP version 1\n"
	  "        KTAP version 1\n         KTAP version 1\n"
	  "         not ok 1 deep\n        ok 1 i\n       ok 1 h\n"
	  "      ok 1 g\n     ok 1 f\n    ok 1 e\n   ok 1 d\n  ok 1 c\n"
	  " ok 1 b\nok 1 a\n",
	  "fail a.b.c.d.e.f.g/deep\npass a.b.c.d.e.f.g/i\n"
	  "pass a.b.c.d.e.f.g/h\n" },
};

START_TEST(every_transcript)
{
	const struct row *row = &rows[_i];
	char *text;

	say(row->said);
	ktap_end(&ktap);
	text = told();
	ck_assert_str_eq(text, row->told);
	free(text);
}
END_TEST

/* Cut behind any line, a whole transcript that is well never passes. */
START_TEST(every_cut_fails)
{
	static const char whole[] = "KTAP version 1\n1..2\n"
				    "    KTAP version 1\n    # Subtest: g\n"
				    "    1..2\n    ok 1 a\n    ok 2 b\nok 1 g\n"
				    "ok 2 h\n";
	char part[sizeof(whole)];

	for (size_t n = 0; n < strlen(whole); n++) {
		if (n && whole[n - 1] != '\n')
			continue;
		set_up();
		snprintf(part, sizeof(part), "%.*s", (int)n, whole);
		say(part);
		ktap_end(&ktap);
		ck_assert_uint_gt(ktap.tests.count[SUBTEST_FAIL], 0);
		ck_assert_ptr_nonnull(subtests_failed(&ktap.tests));
		tear_down();
	}
	set_up();
	say(whole);
	ktap_end(&ktap);
	ck_assert_uint_eq(ktap.tests.count[SUBTEST_FAIL], 0);
	ck_assert_uint_eq(subtests_total(&ktap.tests), 3);
}
END_TEST

/* What a terminal is sent before a program's result is no kernel's log. */
static const struct subtest_text noises[] = {
	{ "\0", 1 },	   { "\033>", 2 },	{ "\033(B\033[m", 6 },
	{ "\033[?1h", 5 }, { "\033]0;a\a", 6 }, { "\033%G", 3 },
};

START_TEST(noise_is_no_log)
{
	const struct subtest_text *noise = &noises[_i];
	static const char result[] = "not ok 1 a";
	char line[40];

	memcpy(line, noise->text, noise->len);
	memcpy(line + noise->len, result, sizeof(result));
	say("KTAP version 1\n1..1\n");
	ktap_line(&ktap, line, noise->len + strlen(result));
	ktap_end(&ktap);
	ck_assert_uint_eq(subtests_total(&ktap.tests), 1);
	ck_assert_str_eq(ktap.tests.list[0].name, "a");
}
END_TEST

START_TEST(a_failure_has_what_was_said_before_it)
{
	char line[64];

	say("KTAP version 1\n1..2\nbefore\nok 1 a\n");
	for (unsigned i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "# line %u of a long story\n", i);
		say(line);
	}
	say("not ok 2 b\n");
	ktap_end(&ktap);
	ck_assert_ptr_null(ktap.tests.list[0].output);
	ck_assert_ptr_null(strstr(ktap.tests.list[1].output, "before"));
	ck_assert_ptr_nonnull(
		strstr(ktap.tests.list[1].output, "# line 199 of"));
	ck_assert_uint_le(strlen(ktap.tests.list[1].output), KTAP_OUTPUT);
	ck_assert_mem_eq(ktap.tests.list[1].output, "# line ", 7);
}
END_TEST

/* However much a guest says, memory is bounded, and what is not kept counts. */
START_TEST(a_flood_is_counted)
{
	enum { RESULTS = SUBTESTS_MAX + 500 };
	char line[32];

	say("KTAP version 1\n");
	for (unsigned i = 1; i <= RESULTS; i++) {
		snprintf(line, sizeof(line), "%s %u t\n",
			 i == RESULTS ? "not ok" : "ok", i);
		say(line);
	}
	ktap_end(&ktap);
	ck_assert_uint_eq(ktap.tests.n, SUBTESTS_MAX);
	ck_assert_uint_eq(ktap.tests.left_out, 500);
	ck_assert_uint_eq(ktap.tests.count[SUBTEST_PASS], RESULTS - 1);
	ck_assert_uint_eq(ktap.tests.count[SUBTEST_FAIL], 1);
	ck_assert_ptr_null(subtests_failed(&ktap.tests));
}
END_TEST

START_TEST(texts_are_bounded)
{
	static const char begin[] = "not ok 1 ";
	char *line = malloc(8000);
	size_t kept;

	ck_assert_ptr_nonnull(line);
	memset(line, 'x', 8000);
	for (size_t i = 0; begin[i]; i++)
		line[i] = begin[i];
	say("KTAP version 1\n");
	for (unsigned i = 0; i < 5000; i++) {
		ktap_line(&ktap, line + 9, 7991);
		ktap_line(&ktap, line, 8000);
	}
	kept = ktap.tests.bytes;
	ktap_end(&ktap);
	ck_assert_uint_eq(strlen(ktap.tests.list[0].name), KTAP_TEXT);
	ck_assert_uint_le(kept, SUBTESTS_TEXT_MAX);
	/* The missing plan's gap, too: all numbers are 1, so there is none. */
	ck_assert_uint_eq(ktap.tests.count[SUBTEST_FAIL], 5000);
	free(line);
}
END_TEST

/* Any mixture of pieces of lines, from a generator: nothing but to end. */
START_TEST(any_mixture_ends)
{
	static const char *const pieces[] = {
		"KTAP version 1",
		"TAP version 13",
		"1..3",
		"1..0 # SKIP",
		"ok 1 a",
		"not ok 2 b",
		"# Subtest: s",
		"Bail out!",
		"# ",
		"  ",
		"[    1.000000] ",
		"\n",
		"\n",
		"[",
		"#",
		"\t",
		"# SKIP",
		" # TODO",
	};
	uint64_t state = 88172645463325252u;
	char text[4096];

	for (unsigned round = 0; round < 2000; round++) {
		size_t len = 0;

		set_up();
		say("KTAP version 1\n");
		while (len < 1000) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			len += (size_t)snprintf(
				text + len, sizeof(text) - len, "%s",
				pieces[state % ARRAY_SIZE(pieces)]);
		}
		say(text);
		ktap_end(&ktap);
		ck_assert_uint_gt(subtests_total(&ktap.tests), 0);
		tear_down();
	}
	set_up();
}
END_TEST

int main(void)
{
	const TTest *const transcripts[] = {
		every_transcript,
		NULL,
	};
	const TTest *const tests[] = {
		every_cut_fails,    a_failure_has_what_was_said_before_it,
		a_flood_is_counted, texts_are_bounded,
		any_mixture_ends,   NULL,
	};
	const TTest *const noise[] = {
		noise_is_no_log,
		NULL,
	};
	Suite *suite = suite_create("ktap");

	unit_add(suite, transcripts, ARRAY_SIZE(rows), set_up, tear_down);
	unit_add(suite, tests, 1, set_up, tear_down);
	unit_add(suite, noise, ARRAY_SIZE(noises), set_up, tear_down);
	return unit_run(suite);
}
