/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_hook.h - a command that runs before or after a test's run: its set-up
 * or its tear-down
 *
 * It has a process group of its own, and what it leaves running in the
 * background is killed by suite_hook_close().  The command itself is reaped
 * only then, so that nothing else can get the group's number meanwhile.  Its
 * input is empty, and its output goes to a file.
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_HOOK_H
#define CLI_SUITE_SUITE_HOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/loop.h"

struct inherited;

struct suite_hook {
	/* Set by the user.  @done is called once the command has ended, with
	 * its exit code as a shell reports it; -ETIMEDOUT: it took too long. */
	struct loop *loop;
	void (*done)(void *arg, int code);
	void *arg;

	/* 0: there is none. */
	pid_t pid;
	struct loop_fd ended;
	struct loop_timer limit;
	bool expired;
};

/* Have /bin/sh run @line, with the environment @env, for at most @limit_ns.  It
 * writes to the file @output.  -errno: it has not begun. */
int suite_hook_start(struct suite_hook *hook, const char *line, char **env,
		     const struct inherited *inherited, const char *output,
		     uint64_t limit_ns);

/* Let it run for at most @ns from now on. */
void suite_hook_hurry(struct suite_hook *hook, uint64_t ns);

/* Ask it, and all that it has started, to end: SIGTERM. */
void suite_hook_interrupt(const struct suite_hook *hook);

/* Kill what is left of its group.  One that was never started is fine. */
void suite_hook_close(struct suite_hook *hook);

#endif
