/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_verdict.c - the rules by which a run is judged, row by row
 */
#include <signal.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/verdict.h"
#include "tests/unit.h"

#define PANIC_LINE "Kernel panic - not syncing: VFS: no root"

static char group[] = "net", tcp[] = "tcp", why[] = "off by 3";
static struct subtest failed_test[] = {
	{ .name = group, .result = SUBTEST_PASS },
	{ .group = group, .name = tcp, .why = why, .result = SUBTEST_FAIL },
};
static const struct subtests some_failed = {
	.list = failed_test,
	.n = ARRAY_SIZE(failed_test),
	.count = { [SUBTEST_PASS] = 6, [SUBTEST_FAIL] = 2, [SUBTEST_SKIP] = 1 },
};
static const struct subtests all_passed = {
	.count = { [SUBTEST_PASS] = 7, [SUBTEST_SKIP] = 1, [SUBTEST_TODO] = 2 },
};
static const struct subtests forgotten = { .count = { [SUBTEST_FAIL] = 1 } };

static const struct row {
	struct observed seen;
	enum verdict_word word;
	int code;
	const char *reason;
} rows[] = {
#define POWER_OFF .ending = ENDING_POWER_OFF, .by = "ACPI S5"
#define UNMET	  .awaited = "login:", .awaited_number = 2, .expectations = 3
	{ { POWER_OFF }, VERDICT_POWEROFF, 0, "ACPI S5" },
	{ { POWER_OFF, .expectations = 3 }, VERDICT_POWEROFF, 0, "ACPI S5" },
	{ { POWER_OFF, UNMET },
	  VERDICT_EXPECT,
	  19,
	  "ACPI S5; waiting for login: (2 of 3)" },
	/* The power button has worked; or it has cut the test short. */
	{ { POWER_OFF, .signal = SIGTERM }, VERDICT_POWEROFF, 0, "ACPI S5" },
	{ { POWER_OFF, UNMET, .signal = SIGTERM },
	  VERDICT_SIGNAL,
	  143,
	  "SIGTERM; waiting for login: (2 of 3)" },
	/* A panic is a panic, whatever comes of it. */
	{ { POWER_OFF, .complaint = COMPLAINT_PANIC, .line = PANIC_LINE },
	  VERDICT_PANIC,
	  16,
	  PANIC_LINE },
	{ { .ending = ENDING_RESET,
	    .by = "port 0xCF9",
	    .complaint = COMPLAINT_PANIC,
	    .line = PANIC_LINE },
	  VERDICT_PANIC,
	  16,
	  PANIC_LINE },
	{ { .ending = ENDING_TRIPLE_FAULT,
	    .by = "triple fault",
	    .complaint = COMPLAINT_PANIC },
	  VERDICT_PANIC,
	  16,
	  "pvpanic" },
	{ { .ending = ENDING_CONDEMNED, .complaint = COMPLAINT_PANIC },
	  VERDICT_PANIC,
	  16,
	  "pvpanic" },
	{ { .ending = ENDING_EXIT,
	    .by = "exit port 0x5e0",
	    .complaint = COMPLAINT_PANIC },
	  VERDICT_PANIC,
	  16,
	  "pvpanic" },
	{ { .ending = ENDING_TIMEOUT, .complaint = COMPLAINT_PANIC },
	  VERDICT_PANIC,
	  16,
	  "pvpanic" },
	{ { .ending = ENDING_SIGNAL,
	    .signal = SIGINT,
	    .complaint = COMPLAINT_PANIC },
	  VERDICT_PANIC,
	  16,
	  "pvpanic" },
	{ { .ending = ENDING_QUIT, .complaint = COMPLAINT_PANIC },
	  VERDICT_PANIC,
	  16,
	  "pvpanic" },
	{ { .ending = ENDING_CONDEMNED,
	    .complaint = COMPLAINT_OOPS,
	    .line = "BUG: \x1b[31mbad\xc2\x9b\x9b\xe2\x80\xae" },
	  VERDICT_OOPS,
	  16,
	  "BUG: ?[31mbad???" },
	{ { POWER_OFF, .complaint = COMPLAINT_OOPS, .line = "Oops: 0" },
	  VERDICT_OOPS,
	  16,
	  "Oops: 0" },
	{ { .ending = ENDING_CONDEMNED,
	    .complaint = COMPLAINT_FORBIDDEN,
	    .line = "FAILED 3" },
	  VERDICT_FAIL,
	  19,
	  "FAILED 3" },
	/* The guest's own tests: what failed counts where all else is well. */
	{ { POWER_OFF, .tests = &some_failed },
	  VERDICT_FAIL,
	  19,
	  "2 of 9 tests failed: net.tcp: off by 3" },
	{ { .ending = ENDING_EXPECTED,
	    .expectations = 1,
	    .tests = &some_failed },
	  VERDICT_FAIL,
	  19,
	  "2 of 9 tests failed: net.tcp: off by 3" },
	{ { .ending = ENDING_EXIT, .tests = &some_failed },
	  VERDICT_FAIL,
	  19,
	  "2 of 9 tests failed: net.tcp: off by 3" },
	{ { .ending = ENDING_COMMAND, .tests = &some_failed },
	  VERDICT_FAIL,
	  19,
	  "2 of 9 tests failed: net.tcp: off by 3" },
	{ { .ending = ENDING_QUIT, .tests = &some_failed },
	  VERDICT_FAIL,
	  19,
	  "2 of 9 tests failed: net.tcp: off by 3" },
	{ { .ending = ENDING_EXIT, .code = 7, .tests = &some_failed },
	  VERDICT_EXIT,
	  7,
	  "exit port: exit status 7" },
	{ { .ending = ENDING_TIMEOUT,
	    .limit_ns = NSEC_PER_SEC,
	    .tests = &some_failed },
	  VERDICT_TIMEOUT,
	  124,
	  "no end within 1 s" },
	{ { POWER_OFF, .signal = SIGTERM, .tests = &some_failed },
	  VERDICT_SIGNAL,
	  143,
	  "SIGTERM" },
	{ { POWER_OFF, .complaint = COMPLAINT_PANIC, .tests = &some_failed },
	  VERDICT_PANIC,
	  16,
	  "pvpanic" },
	{ { POWER_OFF, .complaint = COMPLAINT_FORBIDDEN, .line = "FAILED 3",
	    .tests = &some_failed },
	  VERDICT_FAIL,
	  19,
	  "FAILED 3" },
	{ { POWER_OFF, .tests = &all_passed },
	  VERDICT_POWEROFF,
	  0,
	  "ACPI S5; tests: 7 passed, 1 skipped, 2 failed as is known" },
	/* So many that not all could be kept. */
	{ { POWER_OFF, .tests = &forgotten },
	  VERDICT_FAIL,
	  19,
	  "1 of 1 tests failed" },
	/* But what was expected came first. */
	{ { .ending = ENDING_EXPECTED,
	    .expectations = 2,
	    .complaint = COMPLAINT_PANIC },
	  VERDICT_EXPECTED,
	  0,
	  "2 of 2 expectations" },
	{ { .ending = ENDING_EXPECTED, .expectations = 1 },
	  VERDICT_EXPECTED,
	  0,
	  "1 of 1 expectations" },
	{ { .ending = ENDING_CRASH, .by = "a jump" },
	  VERDICT_CRASH,
	  17,
	  "a jump" },
	{ { .ending = ENDING_TRIPLE_FAULT, .by = "triple fault" },
	  VERDICT_TRIPLE_FAULT,
	  17,
	  "triple fault" },
	{ { .ending = ENDING_TRIPLE_FAULT, .by = "triple fault", UNMET },
	  VERDICT_TRIPLE_FAULT,
	  17,
	  "triple fault" },
	{ { .ending = ENDING_RESET, .by = "port 0x92" },
	  VERDICT_RESET,
	  18,
	  "port 0x92" },
	{ { .ending = ENDING_RESET, .by = "port 0x92", UNMET },
	  VERDICT_RESET,
	  18,
	  "port 0x92" },
	{ { .ending = ENDING_EXIT, .by = "exit port 0x5e0" },
	  VERDICT_EXIT,
	  0,
	  "exit port 0x5e0: exit status 0" },
	{ { .ending = ENDING_EXIT, .by = "exit port 0x5e0", .code = 255 },
	  VERDICT_EXIT,
	  255,
	  "exit port 0x5e0: exit status 255" },
	{ { .ending = ENDING_EXIT, .by = "exit port 0x5e0", UNMET },
	  VERDICT_EXPECT,
	  19,
	  "exit port 0x5e0; waiting for login: (2 of 3)" },
	{ { .ending = ENDING_EXIT, .by = "exit port 0x5e0", .code = 7, UNMET },
	  VERDICT_EXIT,
	  7,
	  "exit port 0x5e0: exit status 7" },
	{ { .ending = ENDING_UNANSWERED,
	    .port = 22,
	    .limit_ns = 90 * NSEC_PER_SEC,
	    UNMET },
	  VERDICT_EXPECT,
	  19,
	  "port 22: no answer within 90 s" },
	{ { .ending = ENDING_UNANSWERED,
	    .port = 22,
	    .complaint = COMPLAINT_PANIC,
	    .line = PANIC_LINE },
	  VERDICT_PANIC,
	  16,
	  PANIC_LINE },
	{ { .ending = ENDING_COMMAND },
	  VERDICT_COMMAND,
	  0,
	  "--exec: exit status 0" },
	{ { .ending = ENDING_COMMAND, .code = 255, .signal = SIGTERM },
	  VERDICT_COMMAND,
	  255,
	  "--exec: exit status 255" },
	{ { .ending = ENDING_COMMAND,
	    .complaint = COMPLAINT_OOPS,
	    .line = "Oops: 0" },
	  VERDICT_OOPS,
	  16,
	  "Oops: 0" },
	{ { .ending = ENDING_QUIT }, VERDICT_QUIT, 0, "Ctrl-A x" },
	{ { .ending = ENDING_QUIT, UNMET },
	  VERDICT_EXPECT,
	  19,
	  "Ctrl-A x; waiting for login: (2 of 3)" },
	{ { .ending = ENDING_SIGNAL, .signal = SIGINT },
	  VERDICT_SIGNAL,
	  130,
	  "SIGINT" },
	{ { .ending = ENDING_SIGNAL, .signal = SIGTERM, UNMET },
	  VERDICT_SIGNAL,
	  143,
	  "SIGTERM; waiting for login: (2 of 3)" },
	{ { .ending = ENDING_TIMEOUT, .limit_ns = 90 * NSEC_PER_SEC },
	  VERDICT_TIMEOUT,
	  124,
	  "no end within 90 s" },
	{ { .ending = ENDING_TIMEOUT, .limit_ns = NSEC_PER_SEC / 2, UNMET },
	  VERDICT_TIMEOUT,
	  124,
	  "no end within 0.5 s; waiting for login: (2 of 3)" },
	{ { .ending = ENDING_BOOT_TIMEOUT, .limit_ns = NSEC_PER_SEC },
	  VERDICT_BOOT_TIMEOUT,
	  124,
	  "not booted within 1 s" },
	{ { .ending = ENDING_SILENCE, .limit_ns = NSEC_PER_SEC },
	  VERDICT_SILENT,
	  20,
	  "not a byte on the console for 1 s" },
	{ { .ending = ENDING_SILENCE, .limit_ns = NSEC_PER_SEC, .spoke = true },
	  VERDICT_HUNG,
	  20,
	  "no byte on the console for 1 s" },
#define HALTED .ending = ENDING_HALTED, .by = "all are halted"
	{ { HALTED }, VERDICT_HUNG, 20, "all are halted" },
	/* What Linux said before tells why it panicked. */
	{ { HALTED, .complaint = COMPLAINT_PANIC, .line = PANIC_LINE,
	    .remedy = "do this" },
	  VERDICT_PANIC,
	  16,
	  PANIC_LINE ": do this" },
	{ { HALTED, .complaint = COMPLAINT_PANIC, .line = PANIC_LINE,
	    .cause = "it failed (error -8)", .remedy = "do this" },
	  VERDICT_PANIC,
	  16,
	  PANIC_LINE "; before: it failed (error -8): do this" },
	{ { HALTED, UNMET },
	  VERDICT_HUNG,
	  20,
	  "all are halted; waiting for login: (2 of 3)" },
	{ { HALTED, .signal = SIGTERM }, VERDICT_SIGNAL, 143, "SIGTERM" },
	/* What a panicked kernel does last. */
	{ { HALTED, .complaint = COMPLAINT_PANIC, .line = PANIC_LINE },
	  VERDICT_PANIC,
	  16,
	  PANIC_LINE },
	{ { HALTED, .complaint = COMPLAINT_OOPS, .line = "Oops: 0" },
	  VERDICT_OOPS,
	  16,
	  "Oops: 0" },
	{ { .ending = ENDING_FAULT }, VERDICT_FAULT, 1, "no reason is known" },
	{ { .ending = ENDING_USAGE }, VERDICT_USAGE, 2, "no reason is known" },
	{ { .ending = ENDING_HOST }, VERDICT_HOST, 3, "no reason is known" },
	{ { .ending = ENDING_HOST,
	    .by = "KVM internal error",
	    .complaint = COMPLAINT_PANIC },
	  VERDICT_HOST,
	  3,
	  "KVM internal error" },
};

START_TEST(every_row)
{
	bool given[VERDICT_WORDS] = { false };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict v = { .phase_ns[PHASE_END] = 6 };

		judge(&rows[i].seen, &v);
		ck_assert_msg(v.word == rows[i].word &&
				      v.code == rows[i].code &&
				      !strcmp(v.reason, rows[i].reason),
			      "row %zu: %s %d (%s)", i, verdict_name(v.word),
			      v.code, v.reason);
		/* Not the judge's. */
		ck_assert_uint_eq(v.phase_ns[PHASE_END], 6);
		given[v.word] = true;
	}
	for (enum verdict_word w = 0; w < VERDICT_WORDS; w++)
		ck_assert_msg(given[w], "no row for %s", verdict_name(w));
}
END_TEST

/* Whatever comes together, there is a verdict, and no bad end has code 0. */
START_TEST(every_combination_is_judged)
{
	for (enum ending ending = 0; ending <= ENDING_HOST; ending++)
		for (enum complaint c = 0; c <= COMPLAINT_PANIC; c++)
			for (unsigned bits = 0; bits < 8; bits++) {
				struct observed o = {
					.ending = ending,
					.complaint = c,
					.signal = bits & 1 ? SIGTERM : 0,
					.awaited = bits & 2 ? "x" : NULL,
					.spoke = bits & 4,
				};
				struct verdict v = { 0 };

				if (ending == ENDING_CONDEMNED && !c)
					continue;
				if (ending == ENDING_SIGNAL && !o.signal)
					continue;
				/* It is started when nothing else is. */
				if (ending == ENDING_COMMAND && o.awaited)
					continue;
				judge(&o, &v);
				ck_assert(v.code || ending == ENDING_EXPECTED ||
					  (!c && !o.awaited));
			}
}
END_TEST

START_TEST(a_reason_is_one_short_line)
{
	struct observed o = { .ending = ENDING_POWER_OFF,
			      .complaint = COMPLAINT_OOPS };
	struct verdict v = { 0 };
	char line[4000];

	memset(line, 'x', sizeof(line));
	memcpy(line, "a\nb\tc\177", 6);
	line[sizeof(line) - 1] = '\0';
	o.line = line;
	judge(&o, &v);
	ck_assert_uint_lt(strlen(v.reason), sizeof(v.reason));
	ck_assert(!strncmp(v.reason, "a?b?c?x", 7));
}
END_TEST

START_TEST(a_late_signal_spoils_only_success)
{
	struct verdict good = { .word = VERDICT_POWEROFF };
	struct verdict bad = { .word = VERDICT_PANIC, .code = 16 };

	verdict_interrupt(&good, SIGTERM);
	ck_assert_int_eq(good.word, VERDICT_SIGNAL);
	ck_assert_int_eq(good.code, 143);
	ck_assert_str_eq(good.reason, "SIGTERM");
	verdict_interrupt(&bad, SIGTERM);
	ck_assert_int_eq(bad.word, VERDICT_PANIC);
	ck_assert_int_eq(bad.code, 16);
}
END_TEST

START_TEST(what_is_lost_spoils_only_success)
{
	struct verdict good = { .word = VERDICT_EXPECTED };
	struct verdict bad = { .word = VERDICT_PANIC, .code = 16 };

	verdict_unwritten(&good, "--report x: no space");
	ck_assert_int_eq(good.word, VERDICT_USAGE);
	ck_assert_int_eq(good.code, 2);
	ck_assert_str_eq(good.reason,
			 "not all could be written: --report x: no space");
	/* Who did not wait for it is the reason. */
	verdict_interrupt(&good, SIGINT);
	ck_assert_int_eq(good.word, VERDICT_SIGNAL);
	ck_assert_int_eq(good.code, 130);
	verdict_unwritten(&bad, NULL);
	ck_assert_int_eq(bad.word, VERDICT_PANIC);
	ck_assert_int_eq(bad.code, 16);
}
END_TEST

START_TEST(the_man_page_has_every_word)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	verdict_mdoc(out);
	fclose(out);
	for (enum verdict_word w = 0; w < VERDICT_WORDS; w++) {
		char entry[64];

		snprintf(entry, sizeof(entry), " Cm %s Ta ", verdict_name(w));
		ck_assert_msg(strstr(text, entry), "no %s", verdict_name(w));
	}
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_row,
		every_combination_is_judged,
		a_reason_is_one_short_line,
		a_late_signal_spoils_only_success,
		what_is_lost_spoils_only_success,
		the_man_page_has_every_word,
		NULL,
	};

	return unit_run(unit_suite("verdict", tests));
}
