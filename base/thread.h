/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.h - how threads begin: their name, signals and sandbox
 *
 * Threads: any.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* The kinds of threads, by what they need of the kernel (syscall_filter.c). */
enum thread_kind {
	/* Devices, and what they wait for. */
	THREAD_WORKER,
	THREAD_VCPU,
	/* The network, and the files of tftp=. */
	THREAD_NET,
	/* Anything that another kind may do, too. */
	THREAD_MAIN,
	/* Shared folders. */
	THREAD_FILES,
	/* Output. */
	THREAD_SINK,
	THREAD_KINDS,
};

/* Start @run(@arg) as @thread.  All signals are blocked there, except those
 * that report a crash of the thread.  -errno. */
int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

/* Why a thread can't be started, for a message, and what to do about it; @err
 * is -errno. */
const char *thread_failure(int err);

/*
 * The first thing that a thread calls.  The thread gets the name @name (at most
 * 15 characters).  If the process is in a sandbox, the thread can from now on
 * do only what @kind needs.  The C library's function can't be used, as it
 * names other threads by opening a file.
 */
void thread_begin(const char *name, enum thread_kind kind);

/* Block all signals, except those that report a crash of a thread. */
void thread_block_signals(void);

#endif
