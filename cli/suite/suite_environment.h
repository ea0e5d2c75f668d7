/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_environment.h - the environment of a test's run and commands
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_ENVIRONMENT_H
#define CLI_SUITE_SUITE_ENVIRONMENT_H

#include "base/string_list.h"

struct suite_environment {
	struct string_list own;
	/* All of it, for execve(2). */
	char **all;
};

/* Make that of the run called @name, with the folder @dir, of the test in
 * @file: this process's, and SUITE_VARIABLES.  -ENOMEM; it is to be freed in
 * any case. */
int suite_environment_make(struct suite_environment *env, const char *name,
			   const char *dir, const char *file);

void suite_environment_free(struct suite_environment *env);

#endif
