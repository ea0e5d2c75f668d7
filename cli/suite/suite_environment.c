/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/suite/suite_environment.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/services/host_command.h"
#include "cli/suite/suite_config.h"

/* Add "NAME=PATH", from the root where that is known. */
static int add_path(struct string_list *env, const char *name, const char *path)
{
	char *whole = realpath(path, NULL), *text = NULL;
	int err = -ENOMEM;

	if (asprintf(&text, "%s=%s", name, whole ? whole : path) >= 0)
		err = string_list_add(env, text);
	free(whole);
	free(text);
	return err;
}

int suite_environment_make(struct suite_environment *env, const char *name,
			   const char *dir, const char *file)
{
	static const char *const names[] = { SUITE_VARIABLES };
	char *text = NULL;
	int err = -ENOMEM;

	if (asprintf(&text, "%s=%s", names[0], name) >= 0)
		err = string_list_add(&env->own, text);
	free(text);
	if (!err)
		err = add_path(&env->own, names[1], dir);
	if (!err)
		err = add_path(&env->own, names[2], file);
	if (!err)
		env->all = host_command_environment(&env->own);
	return err ? err : env->all ? 0 : -ENOMEM;
}

void suite_environment_free(struct suite_environment *env)
{
	free(env->all);
	string_list_free(&env->own);
}
