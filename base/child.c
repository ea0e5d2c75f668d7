/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/inherited.h"
#include "base/util.h"

/* This exit code is never seen: the child reports by the pipe why it could not
 * start. */
enum { NOT_STARTED = 127 };

/* Whether this process ignores the signal for its own purposes: SIGPIPE and
 * SIGXFSZ by main.c, the others by term.c. */
static bool is_ours(int signal)
{
	return signal == SIGPIPE || signal == SIGXFSZ || signal == SIGTTIN ||
	       signal == SIGTTOU;
}

/* Set default actions, except for signals that the user has had ignored, as by
 * nohup(1).  Then unblock all signals. */
static void reset_signals(void)
{
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct sigaction now;
	sigset_t none;

	for (int i = 1; i <= SIGRTMAX; i++)
		if (sigaction(i, NULL, &now) == 0 &&
		    (now.sa_handler != SIG_IGN || is_ours(i)))
			sigaction(i, &by_default, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Runs in the child, which has only the thread that called fork(2), so all
 * calls are async-signal-safe.  Returns, with errno, if it fails. */
static void become(const struct child_spec *spec, pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, spec->death_signal) < 0 ||
	    setpgid(0, 0) < 0)
		return;
	/* The parent ended before the child asked for its death signal. */
	if (getppid() != parent)
		_exit(NOT_STARTED);
	for (int i = 0; i < 3; i++)
		if (spec->stdio[i] >= 0 && dup2(spec->stdio[i], i) < 0)
			return;
	inherited_restore(spec->inherited);
	if (spec->keeps && fcntl(spec->keeps, F_SETFD, 0) < 0)
		return;
	reset_signals();
	execve(spec->path, spec->argv, spec->env);
}

/* The child's side.  @pipe closes by itself when the program starts. */
static void run(const struct child_spec *spec, pid_t parent, int pipe)
{
	int error;

	become(spec, parent);
	error = errno;
	if (write(pipe, &error, sizeof(error)) < 0)
		error = 0; /* Nobody listens any more. */
	_exit(NOT_STARTED);
}

/* What the child reported: 0, or the errno because of which it could not
 * start. */
static int hear(int pipe)
{
	int error = 0;
	ssize_t n;

	do
		n = read(pipe, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == sizeof(error) ? error : 0;
}

/* Call fork(2).  Both ends of the pipe @ends are close-on-exec. */
static int fork_and_run(pid_t *pid, const struct child_spec *spec, int ends[2])
{
	pid_t parent = getpid();
	sigset_t all, old;
	int err;

	/* None of our signal handlers may run in the child. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	*pid = fork();
	if (*pid == 0)
		run(spec, parent, ends[1]);
	err = *pid < 0 ? errno : 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	close_fd(&ends[1]);
	return err ? -err : -hear(ends[0]);
}

int child_start(pid_t *pid, int *fd, const struct child_spec *spec)
{
	int ends[2], err;

	*pid = 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	err = fork_and_run(pid, spec, ends);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
	if (!err) {
		*fd = (int)syscall(SYS_pidfd_open, *pid, 0);
		err = *fd < 0 ? -errno : 0;
	}
	if (err && *pid > 0) {
		kill(-*pid, SIGKILL);
		child_reap(*pid);
	}
	if (err)
		*pid = 0;
	return err;
}

int child_start_shell(pid_t *pid, int *fd, const char *line,
		      const struct child_spec *spec)
{
	/* The child does not write to these strings. */
	char *argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
			 (char *)(uintptr_t)line, NULL };
	struct child_spec shell = *spec;

	shell.path = "/bin/sh";
	shell.argv = argv;
	return child_start(pid, fd, &shell);
}

static void keep_fds(const struct child_work *work, int fd)
{
	int *more = calloc(work->n_fds + 1, sizeof(*more));

	/* A child that can't close what is not its own must not run. */
	if (!more)
		_exit(NOT_STARTED);
	if (work->n_fds)
		memcpy(more, work->fds, work->n_fds * sizeof(*more));
	more[work->n_fds] = fd;
	inherited_keep(work->inherited, more, work->n_fds + 1);
	free(more);
}

int child_fork(pid_t *pid, int *pidfd, const struct child_work *work, int fd)
{
	sigset_t all, old;
	int err = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	*pid = fork();
	if (*pid == 0) {
		keep_fds(work, fd);
		work->run(work->arg, fd);
		_exit(0);
	}
	if (*pid < 0)
		err = -errno;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		return err;
	*pidfd = (int)syscall(SYS_pidfd_open, *pid, 0);
	return *pidfd < 0 ? -errno : 0;
}

int child_reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   EXIT_CODE_SIGNAL + WTERMSIG(status);
}
