/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subtests.h - the results of the guest's own tests
 *
 * While results are collected the list is a tree: a test that consists of
 * others comes after them.  subtests_finish() makes it a list of test cases.
 *
 * Threads: one at a time; nothing changes after subtests_finish().  Trust: the
 * texts are the guest's; how many are kept, and how long they are, is bounded.
 */
#ifndef CLI_VERDICT_SUBTESTS_H
#define CLI_VERDICT_SUBTESTS_H

#include <stdbool.h>
#include <stddef.h>

/* How many tests are kept, and how many bytes of text in all. */
#define SUBTESTS_MAX	  10000
#define SUBTESTS_TEXT_MAX (4u << 20)

enum subtest_result {
	SUBTEST_PASS,
	SUBTEST_FAIL,
	SUBTEST_SKIP,
	/* It failed, as it was expected to. */
	SUBTEST_TODO,
	SUBTEST_RESULTS,
};

/* The strings belong to the list; NULL: there is no such text. */
struct subtest {
	/* The names of the tests that it is part of, joined by points:
	 * "suite.group". */
	char *group;
	char *name;
	enum subtest_result result;
	/* The reason for the result, one line; and the output before it,
	 * several lines. */
	char *why, *output;
	/* The stream it came from, and its level there: see ktap.c. */
	unsigned stream, depth;
	/* The index in the list of the test that it is part of; -1: none. */
	long parent;
	bool is_group, has_failed_part;
};

struct subtests {
	struct subtest *list;
	size_t n, bytes;
	/* How many tests have each result. */
	size_t count[SUBTEST_RESULTS];
	/* How many tests were counted but not kept. */
	size_t left_out;
};

/* A text of a test, with its length in bytes. */
struct subtest_text {
	const char *text;
	size_t len;
};

/* Add a copy of @test, with the texts @name, @why and @output.  Returns its
 * index in the list; -1: there is no room, and it is only counted. */
long subtests_add(struct subtests *tests, const struct subtest *test,
		  struct subtest_text name, struct subtest_text why,
		  struct subtest_text output);

/* Remove what is not a test case: a test that consists of others is one only if
 * it failed and none of them did.  Then count the test cases and name their
 * groups. */
void subtests_finish(struct subtests *tests);

/* Add a test to a list that needs no subtests_finish().  The list takes over
 * its strings.  -ENOMEM: it does not. */
int subtests_append(struct subtests *tests, const struct subtest *test);

/* Free the strings of @test. */
void subtest_free(struct subtest *test);

/* How many tests there are. */
size_t subtests_total(const struct subtests *tests);

/* The first test that failed; NULL: none did, or none was kept. */
const struct subtest *subtests_failed(const struct subtests *tests);

/* "pass", "fail", "skip", "todo". */
const char *subtest_result_name(enum subtest_result result);

/* Free what @tests owns and clear it. */
void subtests_free(struct subtests *tests);

#endif
