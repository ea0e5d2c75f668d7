/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/options/tests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/options/argv.h"
#include "cli/options/config.h"
#include "cli/suite/suite_name.h"

/* The variables that a test's file may use, but whose values only a run has. */
static int set_variables(struct config *cfg)
{
	static const char *const names[] = { SUITE_VARIABLES };
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && !err; i++)
		err = variables_set(&cfg->variables, names[i], strlen(names[i]),
				    "");
	return err ? option_no_memory() : 0;
}

/* Read the options of the test in @file, as its run will.  A pipe is left to
 * the run, as it can be read once only. */
static int read_test(struct config *cfg, const struct args *args,
		     const char *file)
{
	struct stat st;

	if (stat(file, &st) == 0 && !S_ISREG(st.st_mode))
		return 0;
	cfg->matrix.allowed = true;
	return set_variables(cfg) < 0 ? -ENOMEM : args_apply(cfg, args, file);
}

/* Write to @labels the values of combination @n of @matrix, as "KEY=VALUE", and
 * to @choice their numbers, as for --suite-choice. */
static void combination(const struct matrix *matrix, size_t n, FILE *labels,
			FILE *choice)
{
	size_t rest = matrix_combinations(matrix);
	bool first = true;

	for (size_t i = 0; i < matrix->count; i++) {
		const struct matrix_axis *axis = &matrix->axes[i];
		size_t k;

		rest /= matrix_width(matrix, i);
		k = n / rest % matrix_width(matrix, i);
		fprintf(choice, "%s%zu", i ? "," : "", k);
		if (axis->overruled)
			continue;
		fprintf(labels, "%s%s", first ? "" : ",",
			axis->labels.strings[k]);
		first = false;
	}
}

/* Whether one of the @len bytes at @labels, between commas, is the @n bytes at
 * @label. */
static bool has_label(const char *labels, const char *label, size_t n)
{
	while (*labels) {
		size_t len = strcspn(labels, ",");

		if (len == n && !memcmp(labels, label, n))
			return true;
		labels += len + (labels[len] != '\0');
	}
	return false;
}

/* Whether the combination @labels has all labels of @excluded. */
static bool matches(const char *excluded, const char *labels)
{
	size_t len;

	for (const char *p = excluded; *p; p += len + (p[len] != '\0')) {
		len = strcspn(p, ",");
		if (!has_label(labels, p, len))
			return false;
	}
	return true;
}

static bool is_excluded(const struct string_list *exclude, const char *labels)
{
	for (size_t i = 0; i < exclude->count; i++)
		if (matches(exclude->strings[i], labels))
			return true;
	return false;
}

/* Whether each label of @excluded is a value of @matrix: one that is not would
 * exclude nothing. */
static int check_excluded(const struct matrix *matrix, const char *file,
			  const char *excluded)
{
	size_t len;

	for (const char *p = excluded; *p; p += len + (p[len] != '\0')) {
		bool found = false;

		len = strcspn(p, ",");
		for (size_t i = 0; i < matrix->count && !found; i++)
			for (size_t k = 0; k < matrix->axes[i].labels.count;
			     k++)
				found |= has_label(
					matrix->axes[i].labels.strings[k], p,
					len);
		if (!found)
			return log_fail(-EINVAL,
					"%s: exclude = %s: no list has %.*s: "
					"write it as in the tests' names",
					file, excluded, (int)len, p);
	}
	return 0;
}

static int check_exclude(const struct config *survey, const char *file)
{
	const struct string_list *exclude = &survey->suite.exclude;
	int err = 0;

	for (size_t i = 0; i < exclude->count && !err; i++)
		err = check_excluded(&survey->matrix, file,
				     exclude->strings[i]);
	return err;
}

/* Add the test of combination @n of @survey, unless it is excluded. */
static int add_combination(struct config *cfg, const struct config *survey,
			   const char *file, size_t n)
{
	char *labels = NULL, *choice = NULL;
	size_t len, choice_len;
	FILE *out = open_memstream(&labels, &len);
	FILE *numbers = open_memstream(&choice, &choice_len);
	int err = out && numbers ? 0 : -ENOMEM;

	if (!err)
		combination(&survey->matrix, n, out, numbers);
	if ((out && fclose(out) != 0) || (numbers && fclose(numbers) != 0))
		err = -ENOMEM;
	if (!err && !is_excluded(&survey->suite.exclude, labels))
		err = suite_tests_add(&cfg->suite, &survey->suite, file, labels,
				      choice);
	free(labels);
	free(choice);
	return err ? option_no_memory() : 0;
}

static int add_tests(struct config *cfg, const struct config *survey,
		     const char *file)
{
	size_t before = cfg->suite.tests.count;
	size_t n = matrix_combinations(&survey->matrix);
	int err = check_exclude(survey, file);

	for (size_t i = 0; i < n && !err; i++)
		err = add_combination(cfg, survey, file, i);
	if (!err && cfg->suite.tests.count == before)
		err = log_fail(-EINVAL, "%s: exclude leaves no test", file);
	return err;
}

/* A test's own mistakes are told by its run; so only a list of tests, which has
 * no runs, tells them here. */
static int find(struct config *cfg, const struct args *args, const char *file)
{
	const struct suite_config nothing = { .unread = true };
	struct config survey = { 0 };
	enum log_level level = log_set_level(LOG_NONE);
	int err;

	if (cfg->suite.list)
		log_set_level(level);
	err = read_test(&survey, args, file);
	log_set_level(level);
	if (!err)
		err = add_tests(cfg, &survey, file);
	else if (err != -ENOMEM && !cfg->suite.list)
		err = suite_tests_add(&cfg->suite, &nothing, file, "", "0") <
				      0 ?
			      option_no_memory() :
			      0;
	config_free(&survey);
	return err;
}

int tests_find(struct config *cfg, const struct args *args)
{
	const struct string_list *files = &cfg->suite.files;
	int err = 0;

	for (size_t i = 0; i < files->count && !err; i++)
		err = find(cfg, args, files->strings[i]);
	return err;
}
