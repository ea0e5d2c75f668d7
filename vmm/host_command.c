/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "vmm/host_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm/config.h"
#include "vmm/exit_code.h"
#include "vmm/util.h"

static int reap(struct host_command *command)
{
	int status = 0;

	while (waitpid(command->pid, &status, 0) < 0 && errno == EINTR)
		;
	command->pid = 0;
	loop_remove(command->loop, &command->ended);
	close_fd(&command->ended.fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   EXIT_CODE_SIGNAL + WTERMSIG(status);
}

static void has_ended(void *arg, short revents)
{
	struct host_command *command = arg;

	(void)revents;
	command->done(command->arg, reap(command));
}

/* Whether @env has another value for @variable. */
static bool replaces(const struct string_list *env, const char *variable)
{
	size_t len = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->strings[i], variable, len) == 0)
			return true;
	return false;
}

/* Our environment with @env in it; the array alone is to be freed.  NULL. */
static char **environment(const struct string_list *env)
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

/* What of our signals is not for it: those that we wait for are blocked, and
 * SIGPIPE is ignored. */
static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, pipe;

	sigemptyset(&none);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &pipe);
	posix_spawnattr_setpgroup(attr, 0);
	return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETPGROUP);
}

/* 0 or -errno. */
static int spawn(struct host_command *command, const char *line, char **env)
{
	/* It doesn't write to them. */
	char *argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
			 (char *)(uintptr_t)line, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int err;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	err = posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
					       "/dev/null", O_RDONLY, 0);
	if (!err)
		err = set_attributes(&attr);
	if (!err)
		err = posix_spawn(&command->pid, "/bin/sh", &files, &attr, argv,
				  env);
	if (err)
		command->pid = 0;
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return -err;
}

int host_command_start(struct host_command *command, struct loop *loop,
		       const char *line, const struct string_list *env)
{
	char **all = environment(env);
	int err = all ? spawn(command, line, all) : -ENOMEM;

	free(all);
	if (err)
		return err;
	command->loop = loop;
	command->ended = (struct loop_fd){
		.fd = (int)syscall(SYS_pidfd_open, command->pid, 0),
		.events = POLLIN,
		.ready = has_ended,
		.arg = command,
	};
	if (command->ended.fd < 0) {
		err = -errno;
		host_command_stop(command, 0);
		return err;
	}
	loop_add(loop, &command->ended);
	return 0;
}

void host_command_stop(struct host_command *command, unsigned patience_ms)
{
	struct pollfd ended = { .fd = command->ended.fd, .events = POLLIN };

	if (!command->pid)
		return;
	kill(-command->pid, SIGTERM);
	if (poll(&ended, 1, (int)patience_ms) != 1)
		kill(-command->pid, SIGKILL);
	reap(command);
}
