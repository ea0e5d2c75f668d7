/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child.h - a child process whose end the loop is told of
 *
 * The child leads a process group of its own, and it ends when this process
 * does, for whatever reason.  It does not get this process's settings: no
 * signal is blocked, those that we ignore or handle have their default action,
 * and its only descriptors are those that we were started with (inherited.h).
 *
 * Threads: main thread.  The kernel sends @death_signal when the thread that
 * started the child ends, and the main thread is the last to end.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stddef.h>
#include <sys/types.h>

struct inherited;

struct child_spec {
	/* The program. */
	const char *path;
	char *const *argv, *const *env;
	/* What its descriptors 0 to 2 are; -1: the same as ours. */
	int stdio[3];
	/* May be NULL: inherited_restore(). */
	const struct inherited *inherited;
	/* One more descriptor that it gets, by the same number; 0: none. */
	int keeps;
	/* The signal it gets when this process has ended before it. */
	int death_signal;
};

/* Start the child.  *@pid is its process, and *@fd is readable once it has
 * ended.  -errno: there is no child. */
int child_start(pid_t *pid, int *fd, const struct child_spec *spec);

/* The same of a shell that runs @line.  The path and arguments of @spec are not
 * looked at. */
int child_start_shell(pid_t *pid, int *fd, const char *line,
		      const struct child_spec *spec);

/* A process that runs a function of this program, not another program. */
struct child_work {
	void (*run)(void *arg, int fd);
	void *arg;
	/* The descriptors it keeps: these, 0 to 2, the @n_fds in @fds, and the
	 * one that child_fork() gives it. */
	const struct inherited *inherited;
	const int *fds;
	size_t n_fds;
};

/*
 * Fork such a process.  It ends when run(arg, @fd) returns; *@pidfd is readable
 * then.  It has all signals blocked, and belongs to our process group.  There
 * must be no other thread.  Returns 0 or -errno.
 */
int child_fork(pid_t *pid, int *pidfd, const struct child_work *work, int fd);

/* Wait for its end.  Returns the exit code as a shell reports it.  -errno: it
 * is not known how it ended, so nobody may call it a success. */
int child_reap(pid_t pid);

#endif
