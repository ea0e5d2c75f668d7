/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thread.h - threads that signals do not come to
 *
 * Threads: any.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/*
 * Start @run(@arg) as @thread, called @name (at most 15 characters).  All
 * signals are blocked there, but those that say that it has crashed.  -errno.
 */
int thread_start(pthread_t *thread, const char *name, void *(*run)(void *arg),
		 void *arg);

#endif
