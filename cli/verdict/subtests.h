/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subtests.h - what the guest's own tests came to
 *
 * While they are collected the list is a tree: a test that consists of others
 * comes after them.  subtests_finish() makes it a list of test cases.
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
	/* It failed, as it is known to. */
	SUBTEST_TODO,
	SUBTEST_RESULTS,
};

/* Strings are the list's; NULL where there is nothing to say. */
struct subtest {
	/* The tests that it is part of, by points: "suite.group". */
	char *group;
	char *name;
	enum subtest_result result;
	/* Why it is that, in a line, and what was said before, in lines. */
	char *why, *output;
	/* Of which list it is and how deep in it: see ktap.c. */
	unsigned stream, depth;
	/* Where in the list the test is that it is part of; -1: of none. */
	long parent;
	bool is_group, has_failed_part;
};

struct subtests {
	struct subtest *list;
	size_t n, bytes;
	/* By result. */
	size_t count[SUBTEST_RESULTS];
	/* Those that were counted and not kept. */
	size_t left_out;
};

/* The texts of a test, of so many bytes each. */
struct subtest_text {
	const char *text;
	size_t len;
};

/* Add a copy of @test, with the texts @name, @why and @output.  Where it is in
 * the list; -1: there is no room, and it is only counted. */
long subtests_add(struct subtests *tests, const struct subtest *test,
		  struct subtest_text name, struct subtest_text why,
		  struct subtest_text output);

/* Leave what is not a test case out of the list: a test that consists of others
 * is one only if it failed and none of them did.  Then count and name them. */
void subtests_finish(struct subtests *tests);

/* One more in a list that needs no subtests_finish(); its strings are the
 * list's then.  -ENOMEM, and they are not. */
int subtests_append(struct subtests *tests, const struct subtest *test);

/* Free the strings of @test. */
void subtest_free(struct subtest *test);

/* How many there are. */
size_t subtests_total(const struct subtests *tests);

/* The first that failed; NULL: none, or none that was kept. */
const struct subtest *subtests_failed(const struct subtests *tests);

/* "pass", "fail", "skip", "todo". */
const char *subtest_result_name(enum subtest_result result);

/* Free what @tests owns and clear it. */
void subtests_free(struct subtests *tests);

#endif
