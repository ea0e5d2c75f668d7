/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/options/matrix.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/util.h"
#include "cli/options/config.h"
#include "cli/options/internal.h"

void matrix_free(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->count; i++)
		string_list_free(&matrix->axes[i].labels);
	free(matrix->axes);
	*matrix = (struct matrix){ 0 };
}

/* The part of @text behind the sign that extends a value. */
static const char *list_of(const char *text)
{
	return strncmp(text, "+=", 2) == 0 ? text + 2 : text;
}

/* The length of the element at @p, up to a comma or the brace that ends the
 * list.  Commas between quotes and in inner braces are part of it. */
static size_t element_length(const char *p)
{
	unsigned depth = 0;
	char quote = '\0';
	size_t n;

	for (n = 0; p[n]; n++) {
		if (quote) {
			n += quote == '"' && p[n] == '\\' && p[n + 1];
			if (p[n] == quote)
				quote = '\0';
		} else if (!depth && (p[n] == ',' || p[n] == '}')) {
			break;
		} else if (p[n] == '"' || p[n] == '\'') {
			quote = p[n];
		} else if (p[n] == '{') {
			depth++;
		} else if (p[n] == '}') {
			depth--;
		}
	}
	return n;
}

bool matrix_is_list(const char *text)
{
	const char *p = list_of(text);

	if (*p != '{')
		return false;
	do
		p += 1 + element_length(p + 1);
	while (*p == ',');
	return *p == '}' && !p[1];
}

/* The value of the element of @len bytes at @p: without blanks around it and
 * quotes, and with its variables replaced. */
static int element_value(const struct config *cfg, const char *p, size_t len,
			 char **value, struct variables_error *error)
{
	char *text;
	int err = 0;
	bool literal;

	while (len && isspace((unsigned char)*p))
		p++, len--;
	while (len && isspace((unsigned char)p[len - 1]))
		len--;
	literal = len && *p == '\'';
	text = strndup(p, len);
	*value = NULL;
	if (!text)
		return -ENOMEM;
	if (*text == '"' || literal) {
		const char *why = option_unquote(text);

		if (why) {
			snprintf(error->text, sizeof(error->text), "%s", why);
			err = -EINVAL;
		}
	}
	if (!err && !literal)
		err = variables_expand(&cfg->variables, text, value, error);
	else if (!err)
		*value = strdup(text);
	free(text);
	return err ? err : *value ? 0 : -ENOMEM;
}

/* "KEY=VALUE" for names of tests and folders, to be freed. */
static char *make_label(const char *key, size_t len, const char *value)
{
	size_t size;
	char *label;

	while (!strncmp(value, "./", 2) || !strncmp(value, "../", 3))
		value = strchr(value, '/') + 1;
	size = len + strlen(value) + 2;
	label = malloc(size);
	if (!label)
		return NULL;
	snprintf(label, size, "%.*s=%s", (int)len, key, value);
	printable_string(label);
	for (char *p = label; *p; p++)
		if (*p == '/')
			*p = '-';
		else if (strchr(" ,[]", *p))
			*p = '_';
	return label;
}

static bool has(const struct string_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->strings[i], text))
			return true;
	return false;
}

static int add_label(struct matrix_axis *axis, char *label,
		     struct variables_error *error)
{
	int err = -ENOMEM;

	if (label && has(&axis->labels, label)) {
		snprintf(error->text, sizeof(error->text),
			 "two values are called %.60s: leave out one", label);
		err = -EINVAL;
	} else if (label) {
		err = string_list_add(&axis->labels, label);
	}
	free(label);
	return err;
}

/* Which value of axis @axis is to be used. */
static size_t chosen(const struct config *cfg, size_t axis)
{
	const char *p = cfg->suite.choice;

	while (p && axis--) {
		p = strchr(p, ',');
		p += p ? 1 : 0;
	}
	return p ? strtoul(p, NULL, 10) : 0;
}

/* Add the elements of the list at @p to @axis; *@value is the chosen one. */
static int take_elements(const struct config *cfg, struct matrix_axis *axis,
			 const char *key, size_t len, const char *p,
			 char **value, struct variables_error *error)
{
	size_t choice = chosen(cfg, cfg->matrix.count);
	int err = 0;

	do {
		size_t n = element_length(++p);
		bool is_chosen = axis->labels.count == choice;
		char *text;

		err = element_value(cfg, p, n, &text, error);
		if (!err)
			err = add_label(axis, make_label(key, len, text),
					error);
		if (!err && is_chosen) {
			*value = text;
			text = NULL;
		}
		free(text);
		p += n;
	} while (!err && *p == ',' && axis->labels.count <= MATRIX_MAX);
	return err;
}

size_t matrix_width(const struct matrix *matrix, size_t i)
{
	const struct matrix_axis *axis = &matrix->axes[i];

	return axis->overruled ? 1 : axis->labels.count;
}

size_t matrix_combinations(const struct matrix *matrix)
{
	size_t n = 1;

	for (size_t i = 0; i < matrix->count && n <= MATRIX_MAX; i++)
		n *= matrix_width(matrix, i);
	return n;
}

static int add_axis(struct matrix *matrix, const struct matrix_axis *axis)
{
	struct matrix_axis *axes =
		realloc(matrix->axes, (matrix->count + 1) * sizeof(*axes));

	if (!axes)
		return -ENOMEM;
	matrix->axes = axes;
	axes[matrix->count++] = *axis;
	return 0;
}

/* What is wrong with @axis, were it added; NULL: nothing is. */
static const char *judge_axis(const struct config *cfg,
			      const struct matrix_axis *axis, bool empty)
{
	const struct matrix *matrix = &cfg->matrix;

	if (!matrix->allowed && !cfg->suite.choice)
		return "several values: minivmm test makes a test of each, "
		       "unless the file is a pipe; put the value in quotes if "
		       "the braces are part of it";
	if (empty)
		return "a list without a value: leave it out";
	if (axis->labels.count * matrix_combinations(matrix) > MATRIX_MAX)
		return "more than 4096 combinations: use several files";
	return NULL;
}

/* Put the sign that extends a value before *@value. */
static int extend(char **value)
{
	size_t len = strlen(*value) + 1;
	char *longer = malloc(len + 2);

	if (!longer)
		return -ENOMEM;
	snprintf(longer, len + 2, "+=%s", *value);
	free(*value);
	*value = longer;
	return 0;
}

int matrix_take(struct config *cfg, const struct option_spec *spec,
		const char *key, size_t len, const char *text, char **value,
		struct variables_error *error)
{
	struct matrix_axis axis = { .spec = spec };
	const char *list = list_of(text), *why;
	bool variable = *key == '$';
	int err;

	*value = NULL;
	err = take_elements(cfg, &axis, key + variable, len - variable, list,
			    value, error);
	why = err ? NULL : judge_axis(cfg, &axis, !strcmp(list, "{}"));
	if (!err && !why && !*value)
		why = "the file was changed meanwhile: start again";
	if (why) {
		snprintf(error->text, sizeof(error->text), "%s", why);
		err = -EINVAL;
	}
	if (!err && list != text)
		err = extend(value);
	if (!err)
		err = add_axis(&cfg->matrix, &axis);
	if (err) {
		string_list_free(&axis.labels);
		free(*value);
		*value = NULL;
	}
	return err;
}

/* Whether each value of @spec's replaces the one before; not so where values
 * are collected, or set several fields. */
static bool is_single(const struct option_spec *spec)
{
	static int (*const single[])(const struct option_value *value,
				     void *field) = {
		option_string, option_command, option_path,
		option_number, option_switch,  option_choice,
		option_size,   option_seconds, option_port,
		option_flag,   option_count,   option_power_of_two,
	};

	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		if (spec->parse == single[i])
			return true;
	return false;
}

void matrix_overrule(struct matrix *matrix, const struct option_spec *spec,
		     const char *text)
{
	if (!is_single(spec) || (text && list_of(text) != text))
		return;
	for (size_t i = 0; i < matrix->count; i++)
		if (matrix->axes[i].spec == spec)
			matrix->axes[i].overruled = true;
}
