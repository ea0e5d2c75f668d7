/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/suite/suite_tests.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "cli/suite/suite_config.h"
#include "cli/suite/suite_name.h"

/* FNV-1a. */
static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619;
	return h;
}

/* Cut @name, at the beginning of a character. */
static void shorten(char *name)
{
	uint32_t h = hash(name);
	size_t len = SUITE_NAME_MAX - strlen("-12345678");

	if (strlen(name) <= SUITE_NAME_MAX)
		return;
	while (len && ((unsigned char)name[len] & 0xc0) == 0x80)
		len--;
	snprintf(name + len, SUITE_NAME_MAX - len + 1, "-%08x", h);
}

char *suite_test_name(const char *file, const char *labels)
{
	char *base = suite_name(file), *name = NULL;

	if (base && *base && *labels &&
	    asprintf(&name, "%s[%s]", base, labels) < 0)
		name = NULL;
	else if (base && !(*base && *labels))
		name = strdup(base);
	free(base);
	if (name) {
		printable_string(name);
		shorten(name);
	}
	return name;
}

static void test_free(struct suite_test *test)
{
	free(test->name);
	free(test->file);
	free(test->choice);
	free(test->set_up);
	free(test->tear_down);
	string_list_free(&test->tags);
}

void suite_tests_keep(struct suite_tests *tests, const bool *keep)
{
	size_t n = 0;

	for (size_t i = 0; i < tests->count; i++)
		if (keep[i])
			tests->list[n++] = tests->list[i];
		else
			test_free(&tests->list[i]);
	tests->count = n;
}

void suite_tests_free(struct suite_tests *tests)
{
	for (size_t i = 0; i < tests->count; i++)
		test_free(&tests->list[i]);
	free(tests->list);
	*tests = (struct suite_tests){ 0 };
}

static int fill(struct suite_test *test, const struct suite_config *config,
		const char *file, const char *labels, const char *choice)
{
	int err = 0;

	test->unread = config->unread;
	test->name = suite_test_name(file, labels);
	test->file = strdup(file);
	test->choice = strdup(choice);
	if (config->set_up)
		test->set_up = strdup(config->set_up);
	if (config->tear_down)
		test->tear_down = strdup(config->tear_down);
	test->hook_ns = config->hook_ns;
	if (!test->name || !test->file || !test->choice ||
	    !test->set_up != !config->set_up ||
	    !test->tear_down != !config->tear_down)
		err = -ENOMEM;
	for (size_t i = 0; i < config->tags.count && !err; i++)
		err = string_list_add(&test->tags, config->tags.strings[i]);
	return err;
}

int suite_tests_add(struct suite_config *config,
		    const struct suite_config *test, const char *file,
		    const char *labels, const char *choice)
{
	struct suite_tests *tests = &config->tests;
	struct suite_test *list =
		realloc(tests->list, (tests->count + 1) * sizeof(*list));
	int err;

	if (!list)
		return -ENOMEM;
	tests->list = list;
	list[tests->count] = (struct suite_test){ 0 };
	err = fill(&list[tests->count], test, file, labels, choice);
	if (err)
		test_free(&list[tests->count]);
	else
		tests->count++;
	return err;
}
