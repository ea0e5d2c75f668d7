/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/subtests_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/report/outcome.h"
#include "cli/report/text_json.h"

/* NULL, and so left out, if there is none. */
static json_t *optional(const char *text, bool lines)
{
	char *copy = text ? outcome_text(text, lines) : NULL;
	json_t *json = copy ? text_json(copy) : NULL;

	free(copy);
	return json;
}

static json_t *case_json(const struct subtest *test)
{
	return json_pack("{s:o*, s:o*, s:s, s:o*, s:o*}", "group",
			 optional(test->group, false), "name",
			 optional(test->name ? test->name : "", false),
			 "result", subtest_result_name(test->result), "reason",
			 optional(test->why, false), "output",
			 optional(test->output, true));
}

json_t *subtests_json(const struct subtests *tests)
{
	json_t *cases = json_array();

	for (size_t i = 0; i < tests->n; i++)
		json_array_append_new(cases, case_json(&tests->list[i]));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "passed",
			 (json_int_t)tests->count[SUBTEST_PASS], "failed",
			 (json_int_t)tests->count[SUBTEST_FAIL], "skipped",
			 (json_int_t)tests->count[SUBTEST_SKIP], "todo",
			 (json_int_t)tests->count[SUBTEST_TODO], "left_out",
			 (json_int_t)tests->left_out, "cases", cases);
}

static char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? strdup(text) : NULL;
}

static enum subtest_result result_of(const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "result"));

	for (size_t i = 0; name && i < SUBTEST_RESULTS; i++)
		if (!strcmp(subtest_result_name(i), name))
			return i;
	return SUBTEST_FAIL;
}

static size_t number_of(const json_t *object, const char *key)
{
	return (size_t)MAX(json_integer_value(json_object_get(object, key)), 0);
}

/* Those that were left out of the list have been counted, too. */
static void read_counts(struct subtests *tests, const json_t *json)
{
	static const char *const keys[SUBTEST_RESULTS] = {
		[SUBTEST_PASS] = "passed",
		[SUBTEST_FAIL] = "failed",
		[SUBTEST_SKIP] = "skipped",
		[SUBTEST_TODO] = "todo",
	};

	for (size_t i = 0; i < SUBTEST_RESULTS; i++)
		tests->count[i] =
			MAX(tests->count[i], number_of(json, keys[i]));
	tests->left_out = number_of(json, "left_out");
}

void subtests_from_json(struct subtests *tests, const json_t *json)
{
	const json_t *test;
	size_t i;

	*tests = (struct subtests){ 0 };
	json_array_foreach(json_object_get(json, "cases"), i, test)
	{
		struct subtest new = {
			.group = string_of(test, "group"),
			.name = string_of(test, "name"),
			.result = result_of(test),
			.why = string_of(test, "reason"),
			.output = string_of(test, "output"),
		};

		if (subtests_append(tests, &new) < 0)
			subtest_free(&new);
	}
	read_counts(tests, json);
}
