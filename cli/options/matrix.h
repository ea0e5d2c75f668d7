/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * matrix.h - several values for one key, of which minivmm test makes tests
 *
 * In a configuration file a value in braces is a list: `cpus = {1,4}`.  Each
 * list is an axis, and each combination of values, one from each axis, is a
 * test.  Who reads the file chooses one combination (--suite-choice), so a run
 * sees ordinary options.
 *
 * Threads: main thread.
 */
#ifndef CLI_OPTIONS_MATRIX_H
#define CLI_OPTIONS_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/string_list.h"
#include "cli/options/variables.h"

struct config;
struct option_spec;

/* The most combinations that a test's files may have. */
#define MATRIX_MAX 4096

struct matrix_axis {
	/* The option; NULL: the axis is a variable. */
	const struct option_spec *spec;
	/* The values, each as "KEY=VALUE", as a test's name has them. */
	struct string_list labels;
	/* The option was set again later, so the list has no effect. */
	bool overruled;
};

/* Zero-initialised, it is empty. */
struct matrix {
	struct matrix_axis *axes;
	size_t count;
	/* Lists are allowed.  Without it they are a mistake, as one run has one
	 * value. */
	bool allowed;
};

void matrix_free(struct matrix *matrix);

/* Whether @text, a value without quotes, is a list. */
bool matrix_is_list(const char *text);

/*
 * Take the list @text as the value of @key (@len bytes), which is the option
 * @spec or a variable (NULL), as one more axis of @cfg.  *@value is the value
 * that was chosen, to be freed.  -EINVAL, and
 * @error says why; -ENOMEM.
 */
int matrix_take(struct config *cfg, const struct option_spec *spec,
		const char *key, size_t len, const char *text, char **value,
		struct variables_error *error);

/* The option @spec was set to @text, which replaces what it had if it is an
 * option of one value: its axes have no effect then. */
void matrix_overrule(struct matrix *matrix, const struct option_spec *spec,
		     const char *text);

/* How many values axis @i has that make a difference. */
size_t matrix_width(const struct matrix *matrix, size_t i);

/* How many combinations there are. */
size_t matrix_combinations(const struct matrix *matrix);

#endif
