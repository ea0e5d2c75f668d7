/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/subtests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* The longest name of a group, which has the names of all tests that it is part
 * of. */
enum { GROUP_MAX = 1024 };

void subtest_free(struct subtest *test)
{
	free(test->group);
	free(test->name);
	free(test->why);
	free(test->output);
}

static char *copy(struct subtest_text text)
{
	return text.len ? strndup(text.text, text.len) : NULL;
}

/* Room for one more test, which is cleared; NULL when out of memory. */
static struct subtest *extend(struct subtests *tests)
{
	struct subtest *list = tests->list;

	/* The list grows at each power of two. */
	if (!(tests->n & (tests->n - 1))) {
		list = reallocarray(list, tests->n ? 2 * tests->n : 1,
				    sizeof(*list));
		if (!list)
			return NULL;
		tests->list = list;
	}
	list[tests->n] = (struct subtest){ .parent = -1 };
	return &list[tests->n++];
}

long subtests_add(struct subtests *tests, const struct subtest *test,
		  struct subtest_text name, struct subtest_text why,
		  struct subtest_text output)
{
	size_t bytes = name.len + why.len + output.len;
	struct subtest *new = NULL;

	if (tests->n < SUBTESTS_MAX &&
	    tests->bytes + bytes <= SUBTESTS_TEXT_MAX)
		new = extend(tests);
	if (!new) {
		tests->count[test->result]++;
		tests->left_out++;
		return -1;
	}
	*new = *test;
	new->name = copy(name);
	new->why = copy(why);
	new->output = copy(output);
	tests->bytes += bytes;
	return (long)tests->n - 1;
}

/* The names of the tests that @test is part of, as "a.b", the outermost
 * first. */
static char *group_of(const struct subtests *tests, const struct subtest *test)
{
	char text[GROUP_MAX], *at = text + sizeof(text) - 1;

	*at = '\0';
	for (long i = test->parent; i >= 0; i = tests->list[i].parent) {
		const char *name = tests->list[i].name;
		size_t len = name ? strlen(name) : 0, point = *at != '\0';

		if (len + point > (size_t)(at - text))
			break;
		at -= point;
		if (point)
			*at = '.';
		at -= len;
		memcpy(at, name ? name : "", len);
	}
	return *at ? strdup(at) : NULL;
}

/* A group comes after its parts, so they are known when it is reached. */
static void note_parts(struct subtests *tests)
{
	for (size_t i = 0; i < tests->n; i++) {
		struct subtest *test = &tests->list[i], *parent;

		if (test->parent < 0)
			continue;
		parent = &tests->list[test->parent];
		parent->is_group = true;
		parent->has_failed_part |=
			test->has_failed_part || test->result == SUBTEST_FAIL;
	}
}

static bool is_case(const struct subtest *test)
{
	return !test->is_group ||
	       (test->result == SUBTEST_FAIL && !test->has_failed_part);
}

void subtests_finish(struct subtests *tests)
{
	size_t n = 0;

	note_parts(tests);
	for (size_t i = 0; i < tests->n; i++)
		tests->list[i].group = group_of(tests, &tests->list[i]);
	for (size_t i = 0; i < tests->n; i++) {
		struct subtest *test = &tests->list[i];

		if (!is_case(test)) {
			subtest_free(test);
			continue;
		}
		tests->count[test->result]++;
		tests->list[n++] = *test;
	}
	tests->n = n;
}

int subtests_append(struct subtests *tests, const struct subtest *test)
{
	struct subtest *new = extend(tests);

	if (!new)
		return -ENOMEM;
	*new = *test;
	tests->count[test->result]++;
	return 0;
}

size_t subtests_total(const struct subtests *tests)
{
	size_t total = 0;

	for (size_t i = 0; i < SUBTEST_RESULTS; i++)
		total += tests->count[i];
	return total;
}

const struct subtest *subtests_failed(const struct subtests *tests)
{
	for (size_t i = 0; i < tests->n; i++)
		if (tests->list[i].result == SUBTEST_FAIL)
			return &tests->list[i];
	return NULL;
}

const char *subtest_result_name(enum subtest_result result)
{
	static const char *const names[SUBTEST_RESULTS] = {
		[SUBTEST_PASS] = "pass",
		[SUBTEST_FAIL] = "fail",
		[SUBTEST_SKIP] = "skip",
		[SUBTEST_TODO] = "todo",
	};

	return names[result];
}

void subtests_free(struct subtests *tests)
{
	for (size_t i = 0; i < tests->n; i++)
		subtest_free(&tests->list[i]);
	free(tests->list);
	*tests = (struct subtests){ 0 };
}
