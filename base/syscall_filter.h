/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall_filter.h - the system calls that a thread may make
 *
 * One table says which calls each kind of thread needs, and which of their
 * arguments.  From it a program for seccomp(2) is made when a thread asks for
 * its filter: that takes microseconds, needs no library, and can know our own
 * process number.  Filters add up, and a thread has that of who started it: the
 * main thread's, which allows what any thread needs, and one of its own.
 *
 * What is refused: a call that names a path, or has a forbidden argument, fails
 * with EACCES, since libraries make such calls in passing.  One that is newer
 * than this file fails with ENOSYS, so that a newer C library does without. All
 * else is SIGSYS, whose handler says what happened (cli/sandbox.c).
 *
 * Threads: any.
 */
#ifndef BASE_SYSCALL_FILTER_H
#define BASE_SYSCALL_FILTER_H

#include <stdbool.h>

#include "base/thread.h"

/* Builds that make calls of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
	defined(NO_SANDBOX)
#define SYSCALL_FILTERS false
#else
#define SYSCALL_FILTERS true
#endif

/*
 * Restrict this thread, and those that it starts from now on, to what @kind
 * may do; with @unix_sockets it may make Unix sockets, if its kind may make
 * sockets.  It can't be undone.  no_new_privs must be set.  -errno: nothing has
 * changed.
 */
int syscall_filter(enum thread_kind kind, bool unix_sockets);

/* Which kind's filter this thread has; -1: none. */
int syscall_filter_kind(void);

#endif
