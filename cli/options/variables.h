/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * variables.h - ${NAME} in configuration files
 *
 * A line `$NAME = value` sets a variable for what follows, also in further
 * files; one that no file has set is the environment's.
 *
 * Threads: main thread.
 */
#ifndef CLI_OPTIONS_VARIABLES_H
#define CLI_OPTIONS_VARIABLES_H

#include <stddef.h>

#include "base/string_list.h"

/* What a value may become. */
#define VARIABLES_MAX 65536

/* What is wrong with @text: where it begins, and how to write it. */
struct variables_error {
	char text[160];
};

/* Put the variables' values in their places in @text.  *@expanded is to be
 * freed.  -EINVAL, and @error says why; -ENOMEM. */
int variables_expand(const struct string_list *set, const char *text,
		     char **expanded, struct variables_error *error);

/* Set @name, of @len bytes, to @value.  -EINVAL: it is no name; -ENOMEM. */
int variables_set(struct string_list *set, const char *name, size_t len,
		  const char *value);

#endif
