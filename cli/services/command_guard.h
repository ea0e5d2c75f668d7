/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command_guard.h - a process that ends a command if this process is killed
 *
 * Threads: main thread.
 */
#ifndef CLI_SERVICES_COMMAND_GUARD_H
#define CLI_SERVICES_COMMAND_GUARD_H

#include <sys/types.h>

/* All zero: there is none. */
struct command_guard {
	pid_t pid;
	/* The end of this pipe tells the guard that this process has ended. */
	int pipe;
};

/* Have a guard for the process group @group, which ends it by SIGTERM and half
 * a second later by SIGKILL.  -errno, and then command_guard_end() must be
 * called all the same. */
int command_guard_start(struct command_guard *guard, pid_t group);

/* The group is gone, or this process ends it. */
void command_guard_end(struct command_guard *guard);

#endif
