/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/services/host_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/string_list.h"
#include "base/util.h"

/* How often to look whether all processes of the command have ended. */
#define GROUP_LOOK_MS 5

static int reap(struct host_command *command)
{
	int code = child_reap(command->pid);

	command->pid = 0;
	loop_remove(command->loop, &command->ended);
	close_fd(&command->ended.fd);
	return code;
}

static void has_ended(void *arg, short revents)
{
	struct host_command *command = arg;

	(void)revents;
	command_guard_end(&command->guard);
	command->done(command->arg, reap(command));
}

/* Whether @env has a value for @variable. */
static bool replaces(const struct string_list *env, const char *variable)
{
	size_t len = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->strings[i], variable, len) == 0)
			return true;
	return false;
}

char **host_command_environment(const struct string_list *env)
{
	size_t n = env->count;
	char **all;

	while (environ[n - env->count])
		n++;
	all = calloc(n + 1, sizeof(*all));
	if (!all)
		return NULL;
	for (n = 0; n < env->count; n++)
		all[n] = env->strings[n];
	for (char **ours = environ; *ours; ours++)
		if (!replaces(env, *ours))
			all[n++] = *ours;
	return all;
}

/* 0 or -errno. */
static int spawn(struct host_command *command, const char *line, char **env,
		 const struct inherited *inherited)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	const struct child_spec spec = {
		.env = env,
		.stdio = { nothing, -1, -1 },
		.inherited = inherited,
		.death_signal = SIGTERM,
	};
	int err;

	if (nothing < 0)
		return -errno;
	err = child_start_shell(&command->pid, &command->ended.fd, line, &spec);
	close(nothing);
	return err;
}

int host_command_start(struct host_command *command, struct loop *loop,
		       const char *line, const struct string_list *env,
		       const struct inherited *inherited)
{
	char **all = host_command_environment(env);
	int err;

	command->loop = loop;
	command->ended = (struct loop_fd){
		.fd = -1, .events = POLLIN, .ready = has_ended, .arg = command
	};
	err = all ? spawn(command, line, all, inherited) : -ENOMEM;
	free(all);
	if (err)
		return err;
	loop_add(loop, &command->ended);
	err = command_guard_start(&command->guard, command->pid);
	if (err)
		host_command_stop(command, 0);
	return err;
}

/* Wait until @group, whose first process was reaped, is empty; false: it is not
 * by @end_ns.  The kernel does not report that, so this polls. */
static bool group_ends(pid_t group, uint64_t end_ns)
{
	while (kill(-group, 0) == 0) {
		if (now_ns() >= end_ns)
			return false;
		poll(NULL, 0, GROUP_LOOK_MS);
	}
	return true;
}

void host_command_stop(struct host_command *command, unsigned patience_ms)
{
	struct pollfd ended = { .fd = command->ended.fd, .events = POLLIN };
	uint64_t end_ns = now_ns() + patience_ms * NSEC_PER_MSEC;
	pid_t group = command->pid;

	if (!group)
		return;
	kill(-group, SIGTERM);
	if (poll(&ended, 1, (int)patience_ms) == 1)
		reap(command);
	/* The number of a group is not used again before the group is empty. */
	if (command->pid || !group_ends(group, end_ns))
		kill(-group, SIGKILL);
	if (command->pid)
		reap(command);
	command_guard_end(&command->guard);
}
