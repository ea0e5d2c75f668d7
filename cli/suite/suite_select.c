/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/suite/suite_select.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "cli/suite/suite_config.h"
#include "cli/suite/suite_tests.h"

/* fnmatch(3) with brackets and backslashes that stand for themselves, since
 * names have such. */
static bool glob_matches(const char *pattern, const char *name)
{
	char *escaped = malloc(2 * strlen(pattern) + 1), *to = escaped;
	bool found;

	if (!escaped)
		return false;
	for (; *pattern; pattern++) {
		if (*pattern == '[' || *pattern == '\\')
			*to++ = '\\';
		*to++ = *pattern;
	}
	*to = '\0';
	found = fnmatch(escaped, name, 0) == 0;
	free(escaped);
	return found;
}

bool suite_name_matches(const char *pattern, const char *name)
{
	return strpbrk(pattern, "*?") ? glob_matches(pattern, name) :
					strstr(name, pattern) != NULL;
}

static bool has_tag(const struct suite_test *test, const char *tag)
{
	for (size_t i = 0; i < test->tags.count; i++)
		for (const char *p = test->tags.strings[i]; *p;) {
			size_t len = strcspn(p, " \t,");

			if (len == strlen(tag) && !memcmp(p, tag, len))
				return true;
			p += len + (p[len] != '\0');
		}
	return false;
}

static bool name_matches(const struct suite_test *test, const char *pattern)
{
	return suite_name_matches(pattern, test->name);
}

/* Whether one of @wishes is true of @test, if there are any, and none of those
 * that begin with `!`. */
static bool fits(const struct string_list *wishes,
		 const struct suite_test *test,
		 bool (*is)(const struct suite_test *test, const char *wish))
{
	bool any = false, one = false;

	for (size_t i = 0; i < wishes->count; i++) {
		const char *wish = wishes->strings[i];

		if (*wish == '!' && is(test, wish + 1))
			return false;
		any |= *wish != '!';
		one |= *wish != '!' && is(test, wish);
	}
	return one || !any;
}

/* Nobody knows the tags of a file that can't be read: its run tells why. */
static bool is_wanted(const struct suite_config *config,
		      const struct suite_test *test)
{
	return fits(&config->filters, test, name_matches) &&
	       (test->unread || fits(&config->wanted_tags, test, has_tag));
}

static int compare(const void *a, const void *b)
{
	const struct suite_test *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* The tests by their names, to be freed. */
static const struct suite_test **sorted(const struct suite_tests *tests)
{
	const struct suite_test **all =
		calloc(tests->count + 1, sizeof(struct suite_test *));

	for (size_t i = 0; all && i < tests->count; i++)
		all[i] = &tests->list[i];
	if (all)
		qsort(all, tests->count, sizeof(struct suite_test *), compare);
	return all;
}

/* Tests of the same name would write into the same folder, and one without
 * into that of all. */
static int check_names(const struct suite_tests *tests)
{
	const struct suite_test **all = sorted(tests);
	int err = 0;

	if (!all)
		return log_fail(-ENOMEM, "minivmm test: out of memory");
	for (size_t i = 0; i < tests->count && !err; i++) {
		const char *name = all[i]->name;

		if (!*name)
			err = log_fail(-EINVAL,
				       "minivmm test: '%s' is not a file: name "
				       "one of options",
				       all[i]->file);
		else if (i && !strcmp(name, all[i - 1]->name))
			err = log_fail(-EEXIST,
				       "minivmm test: two tests are called %s: "
				       "rename one, or use --repeat",
				       name);
	}
	free(all);
	return err;
}

/* Keep every M-th test by the order of their names, whatever order they were
 * given in. */
static int take_shard(struct suite_config *config)
{
	const struct suite_shard *shard = &config->shard;
	struct suite_tests *tests = &config->tests;
	const struct suite_test **all;
	bool *keep;

	if (!shard->of)
		return 0;
	all = sorted(tests);
	keep = calloc(tests->count + 1, sizeof(*keep));
	for (size_t i = 0; all && keep && i < tests->count; i++)
		keep[all[i] - tests->list] = i % shard->of == shard->part - 1;
	if (all && keep)
		suite_tests_keep(tests, keep);
	if (!tests->count)
		log_warn("minivmm test: no test is in part %u of %u",
			 shard->part, shard->of);
	free(all);
	free(keep);
	return all && keep ? 0 :
			     log_fail(-ENOMEM, "minivmm test: out of memory");
}

static int take_wanted(struct suite_config *config)
{
	struct suite_tests *tests = &config->tests;
	size_t n = tests->count;
	bool *keep = calloc(n + 1, sizeof(*keep));

	if (!keep)
		return log_fail(-ENOMEM, "minivmm test: out of memory");
	for (size_t i = 0; i < n; i++)
		keep[i] = is_wanted(config, &tests->list[i]);
	suite_tests_keep(tests, keep);
	free(keep);
	if (tests->count)
		return 0;
	return log_fail(-EINVAL,
			"minivmm test: --filter and --tag leave none of %zu "
			"tests: --list shows their names",
			n);
}

int suite_select(struct suite_config *config)
{
	int err = check_names(&config->tests);

	if (!err)
		err = take_wanted(config);
	return err ? err : take_shard(config);
}

int suite_list(const struct suite_tests *tests)
{
	for (size_t i = 0; i < tests->count; i++)
		puts(tests->list[i].name);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_CODE_OK;
	log_err("standard output: %s", strerror(errno));
	return EXIT_CODE_USAGE;
}
