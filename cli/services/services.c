/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/services/services.h"

#include <string.h>

#include "base/log.h"
#include "base/string_list.h"
#include "cli/services/port_env.h"

int services_open(struct services *services,
		  const struct services_config *config,
		  const struct forwards *forwards)
{
	services->config = config;
	services->forwards = forwards;
	return ready_open(&services->ready, config);
}

static int run_command(struct services *services, struct loop *loop,
		       const struct string_list *env)
{
	const char *line = services->config->exec;
	int err = host_command_start(&services->command, loop, line, env,
				     services->config->inherited);

	return err ? log_fail(err, "--exec %s: /bin/sh: %s", line,
			      strerror(-err)) :
		     0;
}

int services_start(struct services *services, struct loop *loop,
		   void (*done)(void *arg, int code), void *arg)
{
	struct string_list env = { 0 };
	int err = port_env(&env, services->forwards);

	if (err)
		log_fail(err, "--exec, --ready: %s", strerror(-err));
	else
		err = ready_tell(&services->ready, &env);
	services->command.done = done;
	services->command.arg = arg;
	if (!err && services->config->exec)
		err = run_command(services, loop, &env);
	string_list_free(&env);
	return err;
}

int services_close(struct services *services, unsigned patience_ms)
{
	host_command_stop(&services->command, patience_ms);
	return ready_close(&services->ready, patience_ms);
}
