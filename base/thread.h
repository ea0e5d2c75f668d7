/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.h - how threads begin, those that signals do not come to too
 *
 * Threads: any.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* What threads there are, by what they need of the kernel (syscall_filter.c).
 */
enum thread_kind {
	/* Devices, and what they wait for. */
	THREAD_WORKER,
	THREAD_VCPU,
	/* The network, and the files of tftp=. */
	THREAD_NET,
	/* Anything that any of the others does. */
	THREAD_MAIN,
	/* Shared folders. */
	THREAD_FILES,
	/* Output. */
	THREAD_SINK,
	THREAD_KINDS,
};

/* Start @run(@arg) as @thread.  All signals are blocked there, but those that
 * say that it has crashed.  -errno. */
int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

/*
 * The first thing that a thread does: it is called @name (at most 15
 * characters), and if the process is in a sandbox it can from now on do only
 * what @kind needs.  The C library's function names other threads through a
 * file, which can't be opened there.
 */
void thread_begin(const char *name, enum thread_kind kind);

/* Block all signals but those that say that a thread has crashed. */
void thread_block_signals(void);

#endif
