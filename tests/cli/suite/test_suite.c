/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of minivmm test: what is run, how often, and what counts.
 *
 * A suite starts its own program for each run, so this program is the run, too:
 * its test's file is a line of shell, which is run in the folder of the test.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/util.h"
#include "cli/report/report_config.h"
#include "cli/suite/suite.h"
#include "cli/suite/suite_config.h"
#include "tests/unit.h"

static char work[] = "/tmp/suite.XXXXXX", keep[] = "kept", results[] = "json";
static struct suite_config config;
static json_t *told;

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(work));
	ck_assert_int_eq(chdir(work), 0);
	config = (struct suite_config){ .jobs = 1, .keep = keep };
}

static void tear_down(void)
{
	config.keep = NULL;
	suite_config_free(&config);
	json_decref(told);
	ck_assert_int_eq(chdir("/"), 0);
	char line[64];

	snprintf(line, sizeof(line), "rm -rf %s", work);
	ck_assert_int_eq(system(line), 0);
}

/* Add the test @name, which runs @line between the other two (NULL: none). */
static void add(const char *name, const char *line, const char *before,
		const char *after)
{
	struct suite_config test = { .hook_ns = 60 * NSEC_PER_SEC };
	FILE *file = fopen(name, "w");

	fputs(line, file);
	fclose(file);
	test.set_up = before ? strdup(before) : NULL;
	test.tear_down = after ? strdup(after) : NULL;
	ck_assert_int_eq(suite_tests_add(&config, &test, name, "", ""), 0);
	suite_config_free(&test);
}

static int run(void)
{
	const struct report_config report = { .file = results };
	int code = suite_run(&config, &report, NULL);

	json_decref(told);
	told = json_load_file(results, 0, NULL);
	ck_assert_ptr_nonnull(told);
	return code;
}

/* Each result has a file of its own. */
START_TEST(two_results_in_one_file)
{
	char one[] = "one", same[] = "./one";
	const struct report_config report = { .file = one, .html = same };

	add("a", "exit 0", NULL, NULL);
	ck_assert_int_eq(suite_run(&config, &report, NULL), EXIT_CODE_USAGE);
	ck_assert_int_ne(access("kept", F_OK), 0);
}
END_TEST

static void is(const char *key, int wanted)
{
	ck_assert_int_eq(json_integer_value(json_object_get(told, key)),
			 wanted);
}

/* The lines of the file "did", to which commands add. */
static void did(const char *wanted)
{
	char text[256] = "";
	FILE *file = fopen("did", "r");

	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
	}
	ck_assert_str_eq(text, wanted);
}

#define DO(what) "echo " what " >>did; "
/* Fails so often. */
#define FAILS(n) DO("run") "[ $(grep -c run did) -gt " #n " ]"

START_TEST(never_silently_green)
{
	static const struct {
		unsigned retries;
		int code, passed, flaky, failed;
		const char *did;
	} rows[] = {
		{ 0, 1, 0, 0, 1, "run\n" },
		{ 1, 1, 0, 0, 1, "run\nrun\n" },
		{ 2, 0, 1, 1, 0, "run\nrun\nrun\n" },
		{ 9, 0, 1, 1, 0, "run\nrun\nrun\n" },
	};

	add("a", FAILS(2), NULL, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unlink("did");
		config.retries = rows[i].retries;
		ck_assert_int_eq(run(), rows[i].code);
		is("passed", rows[i].passed);
		is("flaky", rows[i].flaky);
		is("failed", rows[i].failed);
		did(rows[i].did);
	}
}
END_TEST

START_TEST(what_does_not_get_better)
{
	config.retries = 3;
	add("a", DO("run") "exit 2", NULL, NULL);
	ck_assert_int_eq(run(), EXIT_CODE_USAGE);
	did("run\n");
	is("failed", 1);
}
END_TEST

START_TEST(enough_failures)
{
	config.max_failures = 2;
	add("a", DO("a") "exit 7", NULL, NULL);
	add("b", DO("b"), NULL, NULL);
	add("c", DO("c") "exit 8", NULL, NULL);
	add("d", DO("d"), NULL, NULL);
	/* The first one that failed counts. */
	ck_assert_int_eq(run(), 7);
	did("a\nb\nc\n");
	is("passed", 1);
	is("failed", 2);
}
END_TEST

START_TEST(until_one_fails)
{
	config.until_fail = true;
	add("a", DO("run") "[ $(grep -c run did) -lt 4 ]", NULL, NULL);
	ck_assert_int_eq(run(), 1);
	did("run\nrun\nrun\nrun\n");
	is("passed", 3);
}
END_TEST

/* The tear-down comes whatever was before it, and each part can fail a test. */
START_TEST(before_and_after)
{
	static const struct {
		const char *before, *line, *after, *did;
		int code;
	} rows[] = {
		{ DO("up"), DO("run"), DO("down"), "up\nrun\ndown\n", 0 },
		{ DO("up") "exit 5", DO("run"), DO("down"), "up\ndown\n",
		  EXIT_CODE_HOST },
		{ "kill -9 $$", DO("run"), DO("down"), "down\n",
		  EXIT_CODE_HOST },
		{ DO("up"), DO("run") "exit 9", DO("down"), "up\nrun\ndown\n",
		  9 },
		{ DO("up"), DO("run") "kill -9 $$", DO("down"),
		  "up\nrun\ndown\n", EXIT_CODE_SIGNAL + 9 },
		{ NULL, DO("run"), DO("down") "exit 4", "run\ndown\n",
		  EXIT_CODE_HOST },
		/* What the run was is more than what became of it. */
		{ NULL, DO("run") "exit 9", "exit 4", "run\n", 9 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unlink("did");
		suite_config_free(
			&(struct suite_config){ .tests = config.tests });
		config.tests = (struct suite_tests){ 0 };
		add("a", rows[i].line, rows[i].before, rows[i].after);
		ck_assert_int_eq(run(), rows[i].code);
		did(rows[i].did);
		is("passed", !rows[i].code);
	}
}
END_TEST

/* Each attempt has all three. */
START_TEST(attempts_are_whole)
{
	config.retries = 1;
	add("a", FAILS(1), DO("up"), DO("down"));
	ck_assert_int_eq(run(), 0);
	did("up\nrun\ndown\nup\nrun\ndown\n");
	is("flaky", 1);
}
END_TEST

/* This program as a run of a suite. */
static int be_run(int argc, char **argv)
{
	const char *file = NULL;

	for (int i = 1; i < argc - 1; i++)
		if (strcmp(argv[i], "--config") == 0)
			file = argv[i + 1];
	return execl("/bin/sh", "sh", file, NULL);
}

int main(int argc, char **argv)
{
	const TTest *const tests[] = {
		never_silently_green,	 what_does_not_get_better,
		enough_failures,	 until_one_fails,
		before_and_after,	 attempts_are_whole,
		two_results_in_one_file, NULL,
	};
	Suite *suite = suite_create("suite");
	TCase *tcase = tcase_create("suite");

	if (argc > 1)
		return be_run(argc, argv);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 120);
	for (const TTest *const *test = tests; *test; test++)
		tcase_add_test(tcase, *test);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
