/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals.h - the signals that the user ends and questions a run by
 *
 * SIGTERM, SIGINT, SIGHUP, SIGQUIT and, where it is wanted, SIGUSR1 are
 * blocked in all threads and come to the loop.  At the end, when the loop runs
 * no longer, the first three are waited for by a thread.  SIGHUP stays ignored
 * where it is.
 *
 * Threads: main thread.
 */
#ifndef VMM_SIGNALS_H
#define VMM_SIGNALS_H

#include <pthread.h>
#include <stdbool.h>

#include "vmm/loop.h"

struct signals {
	/* On the loop's thread; set by the user. */
	void (*arrived)(void *arg, int signal);
	/* After signals_release(), once, on a thread of its own; so is this. */
	void (*late)(void *arg, int signal);
	void *arg;
	/* SIGUSR1 is wanted, too, and SIGQUIT is another question; else it
	 * ends. */
	bool questions;
	struct loop *loop;
	struct loop_fd source;
	pthread_t waiter;
	bool waiting;
	/* Atomic: the waiter's next signal is none. */
	bool closing;
};

/* Block and watch them; before any thread exists, so that all inherit the
 * mask.  @signals has its functions and arg, a source.fd of -1, else zeros.
 * Logs; -errno. */
int signals_open(struct signals *signals, struct loop *loop);

/* The loop has run for the last time.  Nothing is done where signals_open()
 * was not called or has failed. */
void signals_release(struct signals *signals);

/* None of the functions is called any more; after signals_release(). */
void signals_close(struct signals *signals);

#endif
