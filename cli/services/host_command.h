/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_command.h - a command of the host's, run beside the guest
 *
 * It has a process group of its own, so that it can be ended with all that it
 * has started, and gets SIGTERM if we are killed; its input is empty, its
 * output goes where ours goes.
 *
 * Threads: main thread.
 */
#ifndef CLI_SERVICES_HOST_COMMAND_H
#define CLI_SERVICES_HOST_COMMAND_H

#include <sys/types.h>

#include "base/loop.h"

struct inherited;
struct string_list;

struct host_command {
	/* 0: it doesn't run. */
	pid_t pid;
	struct loop *loop;
	/* Readable once it has ended. */
	struct loop_fd ended;
	/* It has ended by itself, with @code as a shell has it; -errno: with
	 * one that is not known. */
	void (*done)(void *arg, int code);
	void *arg;
};

/* Have /bin/sh run @line, with the variables of @env in its environment and
 * the descriptors of @inherited, while @loop runs; @command has done and arg,
 * else zeros.  -errno. */
int host_command_start(struct host_command *command, struct loop *loop,
		       const char *line, const struct string_list *env,
		       const struct inherited *inherited);

/* End it and its group, if it runs: by SIGTERM, and what of them is still there
 * after @patience_ms by SIGKILL. */
void host_command_stop(struct host_command *command, unsigned patience_ms);

#endif
