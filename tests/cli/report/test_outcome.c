/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as JUnit XML and as TAP, read back as whole texts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/printable.h"
#include "base/util.h"
#include "cli/report/junit.h"
#include "cli/report/outcome_files.h"
#include "cli/report/subtests_json.h"
#include "cli/report/tap.h"
#include "cli/suite/suite_name.h"
#include "cli/suite/suite_show.h"
#include "cli/suite/suite_tests.h"
#include "tests/unit.h"

static char name[] = "smoke", odd[] = "a<b>&\"c\"\001\n#d\x80";
static char panic[] = "panic", reason[] = "Kernel panic - not \"syncing\"",
	    kernel[] = "a/bzImage", guest[] = "6.1 <x>", typo[] = "typo",
	    usage[] = "usage", no_key[] = "no such key",
	    folder[] = "kept/smoke",
	    console[] = "one\r\n\033[1m<two>\xc3\xa9\xff\n\nlast";

static const struct outcome outcomes[] = {
	{ .name = name,
	  .took_ns = 1234567890,
	  .kernel = kernel,
	  .guest = guest },
	{
		.name = odd,
		.code = 16,
		.verdict = panic,
		.reason = reason,
		.took_ns = 500 * NSEC_PER_MSEC,
		.kept = folder,
		.console = console,
	},
	{ .name = typo, .code = 2, .verdict = usage, .reason = no_key },
};

static const struct outcome_suite suite = { .name = "all",
					    .started = 1000000000,
					    .outcomes = outcomes,
					    .n = ARRAY_SIZE(outcomes) };

/* Of the host's name and kernel, which are as they are. */
static const char junit_begin[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<testsuites>\n"
	"  <testsuite name=\"all\" tests=\"3\" failures=\"1\" errors=\"1\" "
	"skipped=\"0\" time=\"1.735\" timestamp=\"2001-09-09T01:46:40\" "
	"hostname=\"";

static const char junit_end[] =
	"      <property name=\"kernel.smoke\" value=\"a/bzImage\"/>\n"
	"      <property name=\"guest.smoke\" value=\"6.1 &lt;x&gt;\"/>\n"
	"    </properties>\n"
	"    <testcase classname=\"all\" name=\"smoke\" time=\"1.235\"/>\n"
	"    <testcase classname=\"all\" "
	"name=\"a&lt;b&gt;&amp;&quot;c&quot;??#d?\" time=\"0.500\">\n"
	"      <failure type=\"panic\" "
	"message=\"Kernel panic - not &quot;syncing&quot;\">"
	"panic: Kernel panic - not &quot;syncing&quot;\n"
	"exit status 16\n"
	"kept in kept/smoke\n"
	"the console's last lines:\n"
	"one\n"
	"?[1m&lt;two&gt;\xc3\xa9?\n"
	"\n"
	"last</failure>\n"
	"      <system-out>[[ATTACHMENT|kept/smoke/console]]</system-out>\n"
	"    </testcase>\n"
	"    <testcase classname=\"all\" name=\"typo\" time=\"0.000\">\n"
	"      <error type=\"usage\" message=\"no such key\">"
	"usage: no such key\n"
	"exit status 2\n"
	"</error>\n"
	"    </testcase>\n"
	"  </testsuite>\n"
	"</testsuites>\n";

static const char tap[] = "TAP version 13\n"
			  "1..3\n"
			  "ok 1 - smoke\n"
			  "not ok 2 - a<b>&\"c\"???d?\n"
			  "  ---\n"
			  "  verdict: \"panic\"\n"
			  "  message: \"Kernel panic - not \\\"syncing\\\"\"\n"
			  "  code: 16\n"
			  "  kept: \"kept/smoke\"\n"
			  "  ...\n"
			  "not ok 3 - typo\n"
			  "  ---\n"
			  "  verdict: \"usage\"\n"
			  "  message: \"no such key\"\n"
			  "  code: 2\n"
			  "  ...\n";

START_TEST(as_junit)
{
	char *text = NULL, *end;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	junit_write(out, &suite);
	fclose(out);
	ck_assert_msg(!strncmp(text, junit_begin, strlen(junit_begin)), "%s",
		      text);
	end = strstr(text, "      <property name=\"kernel");
	ck_assert_ptr_nonnull(end);
	ck_assert_str_eq(end, junit_end);
	free(text);
}
END_TEST

START_TEST(as_tap)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	tap_write(out, &suite);
	fclose(out);
	ck_assert_str_eq(text, tap);
	free(text);
}
END_TEST

static char group[] = "net.<tcp>", one[] = "a & b", two[] = "two",
	    off[] = "# 3", said[] = "one\n<two>\033\n", none[] = "no card";
static struct subtest list[] = {
	{ .group = group, .name = one, .result = SUBTEST_PASS },
	{ .group = group,
	  .name = two,
	  .result = SUBTEST_FAIL,
	  .why = off,
	  .output = said },
	{ .name = two, .result = SUBTEST_SKIP, .why = none },
	{ .name = one, .result = SUBTEST_TODO },
};
static const struct outcome tested = {
	.name = name,
	.tests = { .list = list,
		   .n = ARRAY_SIZE(list),
		   .count = { 1, 1, 1, 1 } },
};
static const struct outcome_suite with_tests = {
	.name = "all", .started = 1, .outcomes = &tested, .n = 1
};

static const char junit_tests[] =
	"    <testcase classname=\"all\" name=\"smoke\" time=\"0.000\"/>\n"
	"    <testcase classname=\"all.smoke.net.&lt;tcp&gt;\" "
	"name=\"a &amp; b\" time=\"0.000\"/>\n"
	"    <testcase classname=\"all.smoke.net.&lt;tcp&gt;\" name=\"two\" time=\"0.000\">\n"
	"      <failure type=\"fail\" message=\"# 3\"># 3\n"
	"one\n&lt;two&gt;?\n</failure>\n"
	"    </testcase>\n"
	"    <testcase classname=\"all.smoke\" name=\"two\" time=\"0.000\">\n"
	"      <skipped message=\"no card\"/>\n"
	"    </testcase>\n"
	"    <testcase classname=\"all.smoke\" name=\"a &amp; b\" time=\"0.000\">\n"
	"      <skipped message=\"\"/>\n"
	"    </testcase>\n"
	"  </testsuite>\n"
	"</testsuites>\n";

static const char tap_tests[] = "TAP version 13\n"
				"1..1\n"
				"# Subtest: smoke\n"
				"    1..4\n"
				"    ok 1 - net.<tcp>.a & b\n"
				"    not ok 2 - net.<tcp>.two # ? 3\n"
				"    ok 3 - two # SKIP no card\n"
				"    not ok 4 - a & b # TODO\n"
				"ok 1 - smoke\n";

START_TEST(tests_of_the_guest)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	junit_write(out, &with_tests);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "tests=\"5\" failures=\"1\" "
					   "errors=\"0\" skipped=\"2\""));
	ck_assert_str_eq(strstr(text, "    <testcase"), junit_tests);
	free(text);
	out = open_memstream(&text, &len);
	tap_write(out, &with_tests);
	fclose(out);
	ck_assert_str_eq(text, tap_tests);
	free(text);
}
END_TEST

START_TEST(tests_through_json)
{
	json_t *json = subtests_json(&tested.tests);
	struct subtests read;

	ck_assert_int_eq(json_integer_value(json_object_get(json, "failed")),
			 1);
	subtests_from_json(&read, json);
	json_decref(json);
	ck_assert_uint_eq(read.n, ARRAY_SIZE(list));
	ck_assert_mem_eq(read.count, tested.tests.count, sizeof(read.count));
	for (size_t i = 0; i < read.n; i++) {
		ck_assert_int_eq(read.list[i].result, list[i].result);
		ck_assert_str_eq(read.list[i].name, list[i].name);
		ck_assert_pstr_eq(read.list[i].group, list[i].group);
		ck_assert_pstr_eq(read.list[i].why, list[i].why);
	}
	ck_assert_str_eq(read.list[1].output, "one\n<two>?\n");
	subtests_free(&read);
	/* A report without any, and one that isn't ours. */
	subtests_from_json(&read, NULL);
	ck_assert_uint_eq(read.n, 0);
}
END_TEST

/* Of many tests not all are in the list. */
START_TEST(counts_through_json)
{
	const struct subtests many = { .count = { 20000, 3, 2, 1 },
				       .left_out = 20006 };
	json_t *json = subtests_json(&many);
	struct subtests read;

	subtests_from_json(&read, json);
	json_decref(json);
	ck_assert_mem_eq(read.count, many.count, sizeof(read.count));
	ck_assert_uint_eq(read.left_out, many.left_out);
	subtests_free(&read);
}
END_TEST

static int open_files(struct outcome_files *files, const char *xml,
		      const char *lines)
{
	const struct outcome_names names = { .junit = xml, .tap = lines };

	return outcome_open(files, &names);
}

START_TEST(into_files)
{
	char dir[] = "/tmp/outcome.XXXXXX", path[64], line[32] = "";
	struct outcome_files files;
	FILE *in;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/tap", dir);
	ck_assert_int_eq(open_files(&files, NULL, path), 0);
	ck_assert_int_eq(outcome_close(&files, &suite), 0);
	in = fopen(path, "r");
	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), in));
	fclose(in);
	ck_assert_str_eq(line, "TAP version 13\n");
	ck_assert_int_eq(open_files(&files, dir, NULL), -EISDIR);
	ck_assert_int_eq(outcome_close(&files, &suite), 0);
	ck_assert_int_eq(open_files(&files, "/dev/full", path), 0);
	ck_assert_int_lt(outcome_close(&files, &suite), 0);
	remove(path);
	remove(dir);
}
END_TEST

START_TEST(names_of_tests)
{
	static const struct {
		const char *file, *name;
	} rows[] = {
		{ "smoke.conf", "smoke" },
		{ "./a/b.c/smoke.x.conf", "a-b.c-smoke.x" },
		{ "../up", "up" },
		{ "/abs/olute.conf", "abs-olute" },
		{ "dir.d/plain", "dir.d-plain" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *got = suite_name(rows[i].file);

		ck_assert_str_eq(got, rows[i].name);
		free(got);
	}
}
END_TEST

/* However the path is typed, the name is the same. */
START_TEST(a_name_does_not_depend_on_typing)
{
	static const char *const typed[] = {
		"tests/base/unit.x.conf",
		"./tests/base/unit.x.conf",
		"tests//base/./unit.x.conf",
		"base/../tests/base/unit.x.conf",
	};
	char *here = realpath(".", NULL), *called, path[4096];

	for (size_t i = 0; i <= ARRAY_SIZE(typed); i++) {
		snprintf(path, sizeof(path), "%s/%s", here, typed[0]);
		called = suite_name(i < ARRAY_SIZE(typed) ? typed[i] : path);
		ck_assert_str_eq(called, "tests-base-unit.x");
		free(called);
	}
	/* The same from elsewhere, as far as that is the same. */
	ck_assert_int_eq(chdir("tests/cli"), 0);
	called = suite_name("../base/unit.x.conf");
	ck_assert_str_eq(called, "base-unit.x");
	free(called);
	free(here);
}
END_TEST

/* A folder can be called like it, and a terminal can show it. */
START_TEST(names_are_harmless)
{
	char path[1001], *called, *other;

	called = suite_test_name("a\n\033[2Jb.conf", "");
	ck_assert_str_eq(called, "a??[2Jb");
	free(called);
	memset(path, 'x', 1000);
	path[1000] = '\0';
	called = suite_test_name(path, "k=1");
	other = suite_test_name(path, "k=2");
	ck_assert_uint_eq(strlen(called), SUITE_NAME_MAX);
	ck_assert_str_ne(called, other);
	free(called);
	free(other);
	/* No character is cut. */
	for (size_t i = 0; i < 1000; i += 2)
		memcpy(path + i, "\xc3\xa9", 2);
	called = suite_test_name(path + 1, "");
	ck_assert_uint_eq(strlen(called), SUITE_NAME_MAX);
	printable_string(called);
	ck_assert_ptr_null(strchr(called + 1, '?'));
	free(called);
	/* Without a name there are no labels. */
	called = suite_test_name("/", "k=1");
	ck_assert_str_eq(called, "");
	free(called);
}
END_TEST

/* By nearest rank: always one of the values. */
START_TEST(percentiles)
{
	uint64_t values[200];

	for (size_t i = 0; i < 200; i++)
		values[i] = i + 1;
	ck_assert_uint_eq(suite_percentile(values, 200, 50), 100);
	ck_assert_uint_eq(suite_percentile(values, 200, 99), 198);
	ck_assert_uint_eq(suite_percentile(values, 200, 100), 200);
	ck_assert_uint_eq(suite_percentile(values, 3, 50), 2);
	ck_assert_uint_eq(suite_percentile(values, 1, 0), 1);
	ck_assert_uint_eq(suite_percentile(values, 1, 99), 1);
}
END_TEST

/* On a pipe: a line for each run, none to be overwritten. */
START_TEST(shown_without_a_terminal)
{
	struct suite_show show;
	char *text = NULL;
	size_t len;
	FILE *out = tmpfile();

	suite_show_init(&show, out, -1, true);
	suite_show_status(&show, NULL, 0, 1);
	suite_show_ended(&show, &outcomes[0]);
	suite_show_ended(&show, &outcomes[1]);
	ck_assert_uint_eq(show.passed, 1);
	ck_assert_uint_eq(show.failed, 1);
	rewind(out);
	len = 0;
	ck_assert_int_gt(getdelim(&text, &len, '\0', out), 0);
	ck_assert_ptr_nonnull(strstr(text, "ok   smoke  1.235 s\n"));
	ck_assert_ptr_nonnull(strstr(text,
				     "panic: Kernel panic - not "
				     "\"syncing\"; kept in kept/smoke\n"));
	ck_assert_ptr_null(strstr(text, "running"));
	free(text);
	fclose(out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		as_junit,
		as_tap,
		tests_of_the_guest,
		tests_through_json,
		counts_through_json,
		into_files,
		names_of_tests,
		a_name_does_not_depend_on_typing,
		names_are_harmless,
		percentiles,
		shown_without_a_terminal,
		NULL,
	};

	return unit_run(unit_suite("outcome", tests));
}
