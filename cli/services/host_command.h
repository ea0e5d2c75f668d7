/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_command.h - a command that runs on the host beside the guest
 *
 * It has a process group of its own, so it can be ended with everything that it
 * has started, also if this process is killed.  Its input is empty;
 * its output goes where the output of this process goes.
 *
 * Threads: main thread.
 */
#ifndef CLI_SERVICES_HOST_COMMAND_H
#define CLI_SERVICES_HOST_COMMAND_H

#include <sys/types.h>

#include "base/loop.h"
#include "cli/services/command_guard.h"

struct inherited;
struct string_list;

struct host_command {
	/* 0: it is not running. */
	pid_t pid;
	struct command_guard guard;
	struct loop *loop;
	/* Its descriptor is readable once the command has ended. */
	struct loop_fd ended;
	/* Called when the command has ended by itself, with @code as a shell
	 * reports it; -errno: the code is not known. */
	void (*done)(void *arg, int code);
	void *arg;
};

/* The environment of this process with the variables of @env.  The caller frees
 * the array, but not the strings.  NULL when out of memory. */
char **host_command_environment(const struct string_list *env);

/* Have /bin/sh run @line, with the variables of @env in its environment and the
 * descriptors of @inherited, while @loop runs.  In @command, done and arg are
 * set, the rest is zero.  Returns 0 or -errno. */
int host_command_start(struct host_command *command, struct loop *loop,
		       const char *line, const struct string_list *env,
		       const struct inherited *inherited);

/* End the command and its group, if it runs: by SIGTERM, and by SIGKILL those
 * that are left after @patience_ms. */
void host_command_stop(struct host_command *command, unsigned patience_ms);

#endif
