/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * variables.h - ${NAME} in configuration files
 *
 * A line `$NAME = value` sets a variable for the lines after it, also in later
 * files.  A variable that no file has set is taken from the environment.
 *
 * Threads: main thread.
 */
#ifndef CLI_OPTIONS_VARIABLES_H
#define CLI_OPTIONS_VARIABLES_H

#include <stddef.h>

#include "base/string_list.h"

/* The most bytes that a value may have after expansion. */
#define VARIABLES_MAX 65536

/* A message: the beginning of the text that is wrong, and how to write it. */
struct variables_error {
	char text[160];
};

/* Replace the variables in @text by their values.  *@expanded is to be freed.
 * -EINVAL, and @error says why; -ENOMEM. */
int variables_expand(const struct string_list *set, const char *text,
		     char **expanded, struct variables_error *error);

/* Set @name, of @len bytes, to @value.  -EINVAL: @name is not a name;
 * -ENOMEM. */
int variables_set(struct string_list *set, const char *name, size_t len,
		  const char *value);

#endif
