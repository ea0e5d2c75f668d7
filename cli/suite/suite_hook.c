/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/suite/suite_hook.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/child.h"
#include "base/exit_code.h"
#include "base/util.h"

/* How it has ended; it stays to be reaped. */
static int exit_code(pid_t pid)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		return -errno;
	return info.si_code == CLD_EXITED ? info.si_status :
					    EXIT_CODE_SIGNAL + info.si_status;
}

static void has_ended(void *arg, short revents)
{
	struct suite_hook *hook = arg;
	int code = hook->expired ? -ETIMEDOUT : exit_code(hook->pid);

	(void)revents;
	loop_remove(hook->loop, &hook->ended);
	loop_disarm(hook->loop, &hook->limit);
	hook->done(hook->arg, code);
}

static void took_too_long(void *arg)
{
	struct suite_hook *hook = arg;

	hook->expired = true;
	kill(-hook->pid, SIGKILL);
}

/* 0 or -errno. */
static int spawn(struct suite_hook *hook, const char *line, char **env,
		 const struct inherited *inherited, const char *output)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	const struct child_spec spec = {
		.env = env,
		.stdio = { in, out, out },
		.inherited = inherited,
		.death_signal = SIGTERM,
	};
	int err = in < 0 || out < 0 ? -errno : 0;

	if (!err)
		err = child_start_shell(&hook->pid, &hook->ended.fd, line,
					&spec);
	close_fd(&in);
	close_fd(&out);
	return err;
}

int suite_hook_start(struct suite_hook *hook, const char *line, char **env,
		     const struct inherited *inherited, const char *output,
		     uint64_t limit_ns)
{
	int err;

	hook->expired = false;
	hook->ended = (struct loop_fd){
		.fd = -1, .events = POLLIN, .ready = has_ended, .arg = hook
	};
	hook->limit = (struct loop_timer){ .expired = took_too_long,
					   .arg = hook,
					   .limit = true };
	err = spawn(hook, line, env, inherited, output);
	if (err)
		return err;
	loop_add(hook->loop, &hook->ended);
	loop_arm(hook->loop, &hook->limit, now_ns() + limit_ns);
	return 0;
}

void suite_hook_hurry(struct suite_hook *hook, uint64_t ns)
{
	uint64_t deadline = now_ns() + ns;

	if (hook->limit.armed && deadline < hook->limit.deadline_ns)
		loop_arm(hook->loop, &hook->limit, deadline);
}

void suite_hook_interrupt(const struct suite_hook *hook)
{
	kill(-hook->pid, SIGTERM);
}

void suite_hook_close(struct suite_hook *hook)
{
	if (!hook->pid)
		return;
	kill(-hook->pid, SIGKILL);
	child_reap(hook->pid);
	close_fd(&hook->ended.fd);
	hook->pid = 0;
}
