/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which tests are run.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/suite/suite_config.h"
#include "cli/suite/suite_select.h"
#include "tests/unit.h"

/* Tests called T0 to T(@n - 1), in steps of @step; every other has the tags
 * `net` and `slow`. */
static void make_in_order(struct suite_config *c, unsigned n, unsigned step)
{
	*c = (struct suite_config){ 0 };
	for (unsigned i = 0; i < n; i++) {
		struct suite_config test = { 0 };
		unsigned number = (i * step + 3) % n;
		char file[32];

		snprintf(file, sizeof(file), "T%u.conf", number);
		if (number % 2)
			ck_assert_int_eq(
				string_list_add(&test.tags, "net slow"), 0);
		ck_assert_int_eq(suite_tests_add(c, &test, file, "", ""), 0);
		suite_config_free(&test);
	}
}

static void make(struct suite_config *c, unsigned n)
{
	make_in_order(c, n, 7);
}

static bool has(const struct suite_config *c, const char *name)
{
	for (size_t i = 0; i < c->tests.count; i++)
		if (!strcmp(c->tests.list[i].name, name))
			return true;
	return false;
}

START_TEST(patterns)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} rows[] = {
		{ "boot", "tests-boot[cpus=1]", true },
		{ "boot", "tests-bolt", false },
		{ "boot[cpus=1]", "tests-boot[cpus=1]", true },
		{ "[cpus=1", "tests-boot[cpus=12]", true },
		{ "boot*", "tests-boot", false },
		{ "*boot*", "tests-boot[cpus=1]", true },
		{ "*[cpus=1]", "tests-boot[cpus=1]", true },
		{ "*[cpus=1]", "tests-boot[cpus=c]", false },
		{ "t?s", "tas", true },
		{ "t?s", "tas2", false },
		{ "*\\x", "a\\x", true },
		{ "", "anything", true },
		{ "\xc3\xa9?", "\xc3\xa9x", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(
			suite_name_matches(rows[i].pattern, rows[i].name) ==
				rows[i].matches,
			"%s, %s", rows[i].pattern, rows[i].name);
}
END_TEST

START_TEST(wishes)
{
	struct suite_config c;

	make(&c, 20);
	string_list_add(&c.filters, "T1");
	string_list_add(&c.filters, "T2");
	string_list_add(&c.filters, "!T?3");
	ck_assert_int_eq(suite_select(&c), 0);
	/* T1, T2 and T10 to T19, without T13. */
	ck_assert_uint_eq(c.tests.count, 11);
	ck_assert(has(&c, "T2") && !has(&c, "T13"));
	suite_config_free(&c);
	make(&c, 20);
	string_list_add(&c.wanted_tags, "slow");
	string_list_add(&c.filters, "!5");
	ck_assert_int_eq(suite_select(&c), 0);
	ck_assert_uint_eq(c.tests.count, 8);
	suite_config_free(&c);
	make(&c, 20);
	string_list_add(&c.wanted_tags, "!net");
	ck_assert_int_eq(suite_select(&c), 0);
	ck_assert_uint_eq(c.tests.count, 10);
	ck_assert(has(&c, "T0") && !has(&c, "T1"));
	suite_config_free(&c);
}
END_TEST

/* A CI that runs nothing must not be green. */
START_TEST(nothing)
{
	struct suite_config c;

	make(&c, 3);
	string_list_add(&c.filters, "nope");
	ck_assert_int_eq(suite_select(&c), -EINVAL);
	suite_config_free(&c);
	make(&c, 3);
	string_list_add(&c.wanted_tags, "ne");
	ck_assert_int_eq(suite_select(&c), -EINVAL);
	suite_config_free(&c);
}
END_TEST

/* A file with a mistake is run whatever tags are wanted. */
START_TEST(unread)
{
	const struct suite_config bad = { .unread = true };
	struct suite_config c;

	make(&c, 3);
	ck_assert_int_eq(suite_tests_add(&c, &bad, "bad.conf", "", ""), 0);
	string_list_add(&c.wanted_tags, "net");
	ck_assert_int_eq(suite_select(&c), 0);
	ck_assert(has(&c, "bad") && has(&c, "T1") && !has(&c, "T0"));
	suite_config_free(&c);
}
END_TEST

/* Each test is in one part, and in the same however the tests were given; also
 * of more parts than there are tests. */
START_TEST(shards)
{
	static const unsigned parts[] = { 1, 2, 3, 7, 20, 50 };
	struct suite_config c, other;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t sum = 0;

		for (unsigned part = 1; part <= parts[i]; part++) {
			make_in_order(&c, 20, 7);
			make_in_order(&other, 20, 1);
			c.shard = other.shard =
				(struct suite_shard){ part, parts[i] };
			ck_assert_int_eq(suite_select(&c), 0);
			ck_assert_int_eq(suite_select(&other), 0);
			sum += c.tests.count;
			ck_assert_uint_le(c.tests.count, 20 / parts[i] + 1);
			ck_assert_uint_eq(c.tests.count, other.tests.count);
			for (size_t k = 0; k < c.tests.count; k++)
				ck_assert(has(&other, c.tests.list[k].name));
			suite_config_free(&c);
			suite_config_free(&other);
		}
		ck_assert_uint_eq(sum, 20);
	}
}
END_TEST

START_TEST(same_names)
{
	const struct suite_config none = { 0 };
	struct suite_config c;

	make(&c, 3);
	ck_assert_int_eq(suite_tests_add(&c, &none, "T1.x", "", ""), 0);
	ck_assert_int_eq(suite_select(&c), -EEXIST);
	suite_config_free(&c);
	make(&c, 3);
	ck_assert_int_eq(suite_tests_add(&c, &none, "/", "", ""), 0);
	ck_assert_int_eq(suite_select(&c), -EINVAL);
	suite_config_free(&c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { patterns, wishes,     nothing, unread,
				       shards,	 same_names, NULL };

	return unit_run(unit_suite("suite-select", tests));
}
