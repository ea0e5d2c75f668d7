/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/services/services.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/string_list.h"
#include "cli/services/port_env.h"
#include "devices/net/forward.h"

int services_open(struct services *services,
		  const struct services_config *config,
		  const struct forwards *forwards)
{
	services->config = config;
	services->forwards = forwards;
	return ready_open(&services->ready, config);
}

static int add_sockets(const struct services *services,
		       const char *const *sockets, struct attendant_task *task)
{
	const struct forwards *forwards = services->forwards;
	int err = 0;

	for (; *sockets && !err; sockets++)
		err = attendant_task_socket(task, *sockets);
	for (size_t i = 0; i < forwards->count && !err; i++) {
		const struct sockaddr_un *un =
			(const void *)&forwards->list[i].host;

		if (un->sun_family == AF_UNIX)
			err = attendant_task_socket(task, un->sun_path);
	}
	return err;
}

int services_place_core(struct services *services)
{
	return attendant_place_core(&services->attendant);
}

int services_attend(struct services *services, const char *const *sockets,
		    const struct draft *core, const char *core_path)
{
	const struct services_config *c = services->config;
	struct attendant_task task = {
		.exec = c->exec,
		.inherited = c->inherited,
		.draft = ready_draft(&services->ready),
		.path = c->ready_file,
		.core_path = core_path,
	};
	int err;

	if (core)
		task.core = *core;
	else
		task.core.fd = -1;
	err = add_sockets(services, sockets, &task);
	if (!err)
		err = port_env(&task.env, services->forwards);
	if (!err && attendant_task_any(&task))
		err = attendant_start(&services->attendant, &task);
	string_list_free(&task.env);
	free(task.sockets);
	return err ? log_fail(err,
			      "--exec, --ready-file: no process: %s: raise "
			      "`ulimit -u`, or have the container allow "
			      "pidfd_open(2)",
			      strerror(-err)) :
		     0;
}

static int run_command(struct services *services, struct loop *loop,
		       void (*done)(void *arg, int code), void *arg)
{
	int err = attendant_run(&services->attendant, loop, done, arg);

	return err ? log_fail(err, "--exec %s: /bin/sh or /dev/null: %s",
			      services->config->exec, strerror(-err)) :
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
	if (!err && services->config->ready_file)
		err = ready_published(&services->ready,
				      attendant_publish(&services->attendant));
	if (!err && services->config->exec)
		err = run_command(services, loop, done, arg);
	string_list_free(&env);
	return err;
}

int services_close(struct services *services, unsigned patience_ms)
{
	attendant_stop(&services->attendant);
	return ready_close(&services->ready, patience_ms);
}

void services_end(struct services *services)
{
	attendant_end(&services->attendant);
}
