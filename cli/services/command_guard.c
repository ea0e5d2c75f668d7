/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/services/command_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/child.h"
#include "base/util.h"

/* What the guard does: the number of the command's group is its first line of
 * input, and there is no other, just an end. */
#define SCRIPT                                                                 \
	"read -r group && ! read -r end && kill -s TERM -- \"-$group\" && "    \
	"sleep 0.5 && kill -s KILL -- \"-$group\""

/* It is a shell, and not this program, for those who kill all that is called
 * minivmm.  Its input is @in. */
static int start(pid_t *pid, int in)
{
	char *env[] = { NULL };
	int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const struct child_spec spec = {
		.env = env,
		.stdio = { in, nothing, nothing },
	};
	int err, fd;

	if (nothing < 0)
		return -errno;
	err = child_start_shell(pid, &fd, SCRIPT, &spec);
	if (!err)
		close(fd);
	close(nothing);
	return err;
}

int command_guard_start(struct command_guard *guard, pid_t group)
{
	int ends[2], err;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	err = start(&guard->pid, ends[0]);
	close(ends[0]);
	guard->pipe = ends[1];
	if (err) {
		guard->pid = 0;
		close_fd(&guard->pipe);
	} else if (dprintf(guard->pipe, "%d\n", (int)group) < 0) {
		err = -errno;
	}
	return err;
}

void command_guard_end(struct command_guard *guard)
{
	if (!guard->pid)
		return;
	kill(guard->pid, SIGKILL);
	child_reap(guard->pid);
	guard->pid = 0;
	close_fd(&guard->pipe);
}
