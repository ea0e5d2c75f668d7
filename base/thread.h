/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.h - how threads begin, those that signals do not come to too
 *
 * Threads: any.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* Start @run(@arg) as @thread.  All signals are blocked there, but those that
 * say that it has crashed.  -errno. */
int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

/*
 * The first thing that a thread does: it is called @name (at most 15
 * characters).  The C library's function names other threads through a file,
 * which a thread in a sandbox can't open.
 */
void thread_begin(const char *name);

#endif
