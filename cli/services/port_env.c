/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/services/port_env.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/string_list.h"
#include "devices/net/forward.h"

/* The variable's name, with the `=' after it. */
static void name_of(const struct forward *f, char name[32])
{
	const char *kind = f->udp			? "UDP" :
			   f->host.ss_family == AF_UNIX ? "UNIX" :
							  "PORT";

	snprintf(name, 32, "MINIVMM_%s_%u=", kind, f->guest_port);
}

static int add(struct string_list *env, const char *name,
	       const struct forward *f)
{
	char buf[FORWARD_TEXT], *variable;
	const char *text = forward_host_text(f, buf);
	int err;

	/* The text is an address and a port: keep the port. */
	if (f->host.ss_family != AF_UNIX)
		text = strrchr(text, ':') + 1;
	if (asprintf(&variable, "%s%s", name, text) < 0)
		return -ENOMEM;
	err = string_list_add(env, variable);
	free(variable);
	return err;
}

static bool has(const struct string_list *env, const char *name)
{
	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->strings[i], name, strlen(name)) == 0)
			return true;
	return false;
}

int port_env(struct string_list *env, const struct forwards *forwards)
{
	char name[32];
	int err = 0;

	for (size_t i = 0; i < forwards->count && !err; i++) {
		name_of(&forwards->list[i], name);
		if (!has(env, name))
			err = add(env, name, &forwards->list[i]);
	}
	return err;
}
