/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several texts become one: no line has another in it, no byte is lost.
 */
#include "cli/verdict/merge.h"

#include <string.h>

#include "tests/unit.h"

static struct merge merge;
static char text[65536];
static size_t n_text;

static void take(void *arg, const uint8_t *buf, size_t len)
{
	(void)arg;
	ck_assert_uint_lt(n_text + len, sizeof(text));
	memcpy(text + n_text, buf, len);
	n_text += len;
	text[n_text] = 0;
}

static void begin(void)
{
	merge = (struct merge){ .take = take };
	n_text = 0;
	text[0] = 0;
}

static void says(enum merge_source source, const char *words)
{
	merge_add(&merge, source, (const uint8_t *)words, strlen(words));
}

START_TEST(lines_stay_whole)
{
	begin();
	says(MERGE_CONSOLE, "Kernel pa");
	says(MERGE_STDOUT, "ok 1\nok");
	says(MERGE_STDERR, "oops\n");
	ck_assert_str_eq(text, "Kernel pa");
	says(MERGE_CONSOLE, "nic\n");
	ck_assert_str_eq(text, "Kernel panic\nok 1\nok");
	says(MERGE_CONSOLE, "more\n");
	says(MERGE_STDOUT, " 2\n");
	ck_assert_str_eq(text, "Kernel panic\nok 1\nok 2\nmore\noops\n");
}
END_TEST

/* Who is alone is seen at once: it may be a prompt. */
START_TEST(a_line_that_has_begun_is_seen)
{
	begin();
	says(MERGE_STDOUT, "login: ");
	ck_assert_str_eq(text, "login: ");
	says(MERGE_STDERR, "x");
	merge_end(&merge);
	ck_assert_str_eq(text, "login: \nx");
}
END_TEST

/* Others do not wait for ever. */
START_TEST(what_waits_is_bounded)
{
	static char much[3 * MERGE_ROOM + 1];

	begin();
	memset(much, 'm', sizeof(much) - 1);
	says(MERGE_CONSOLE, "$ ");
	says(MERGE_STDOUT, much);
	ck_assert_uint_eq(n_text, 3 + sizeof(much) - 1);
	ck_assert_mem_eq(text, "$ \nmmm", 6);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_stay_whole,
		a_line_that_has_begun_is_seen,
		what_waits_is_bounded,
		NULL,
	};

	return unit_run(unit_suite("merge", tests));
}
