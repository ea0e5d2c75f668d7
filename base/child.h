/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * child.h - a child process, of whose end the loop hears
 *
 * It leads a process group of its own, and ends when we do, however that comes
 * about.  What is ours is not its: no signal is blocked, those that we ignore
 * or handle have their default action, and of descriptors it has those that we
 * were started with (inherited.h).
 *
 * Threads: main thread.  The kernel sends @death_signal when the thread that
 * started the child ends, and the main thread is the last to do so.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <sys/types.h>

struct inherited;

struct child_spec {
	/* The program. */
	const char *path;
	char *const *argv, *const *env;
	/* What its descriptors 0 to 2 are to be; -1: as ours. */
	int stdio[3];
	/* May be NULL: inherited_restore(). */
	const struct inherited *inherited;
	/* What it gets when we have ended before it. */
	int death_signal;
};

/* Start it as *@pid; *@fd is readable once it has ended.  -errno, and there is
 * no child. */
int child_start(pid_t *pid, int *fd, const struct child_spec *spec);

/* A process that goes on in our program, instead of another. */
struct child_work {
	void (*run)(void *arg, int fd);
	void *arg;
	/* Of descriptors it has these, 0 to 2, this one (-1: none), and the one
	 * it is given. */
	const struct inherited *inherited;
	int fd;
};

/*
 * Fork one, which ends when run(arg, @fd) returns; *@pidfd is readable then. It
 * has all signals blocked, and belongs to our process group.  There is no other
 * thread.  -errno.
 */
int child_fork(pid_t *pid, int *pidfd, const struct child_work *work, int fd);

/* Wait for its end: its exit code as a shell has it.  -errno: how it ended is
 * not known, so nobody may call it a success. */
int child_reap(pid_t pid);

#endif
