/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syscall_filter.h - the system calls that a thread may make
 *
 * One table says which calls each kind of thread needs, and which arguments.
 * When a thread asks for its filter, a program for seccomp(2) is made from the
 * table: that takes microseconds, needs no library, and can contain our own
 * process number.  Filters add up.  A thread inherits the filter of the thread
 * that started it: so it has the main thread's, which allows what any thread
 * needs, and one of its own.
 *
 * What is not allowed: a call that names a path, or has a forbidden argument,
 * fails with EACCES, since libraries make such calls in passing.  A call that
 * is newer than this file fails with ENOSYS, so that a newer C library uses an
 * older one.  Anything else causes SIGSYS, whose handler reports what happened
 * (cli/sandbox.c).
 *
 * Threads: any.
 */
#ifndef BASE_SYSCALL_FILTER_H
#define BASE_SYSCALL_FILTER_H

#include <stdbool.h>

#include "base/thread.h"

/* Builds in which tools make system calls of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
	defined(NO_SANDBOX)
#define SYSCALL_FILTERS false
#else
#define SYSCALL_FILTERS true
#endif

/*
 * Restrict this thread, and those that it starts from now on, to what the main
 * thread and all other kinds of threads need: with @network those of a network,
 * and then with @unix_sockets also Unix sockets; with @files those of shared
 * folders.  Without either nothing can be opened.  This can't be undone.
 * no_new_privs must be set.  -errno: nothing has changed.
 */
int syscall_filter_process(bool network, bool files, bool unix_sockets);

/* The same, to what @kind needs. */
int syscall_filter(enum thread_kind kind);

/* The kind of this thread's filter; -1: it has none. */
int syscall_filter_kind(void);

#endif
