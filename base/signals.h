/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals.h - the signals by which a user ends a run or asks about it
 *
 * SIGTERM, SIGINT, SIGHUP, SIGQUIT and, if wanted, SIGUSR1, SIGWINCH and
 * SIGCONT are blocked in all threads and read from a descriptor.  If SIGHUP is
 * ignored, it stays ignored.
 *
 * Threads: the one that watches the descriptor.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include <stdbool.h>

#include "base/loop.h"

struct signals {
	/* Set by the user. */
	void (*arrived)(void *arg, int signal);
	void *arg;
	/* SIGUSR1 and SIGWINCH are wanted, too; SIGCONT. */
	bool questions, continued;
	struct loop_fd source;
};

/* Block and watch the signals.  Call this before there are other threads, which
 * inherit the mask.  With NULL for @loop, the caller polls source.fd and calls
 * signals_read().  In @signals, the function and arg are set, the rest is zero.
 * Logs; -errno. */
int signals_open(struct signals *signals, struct loop *loop);

/* Call arrived() for each signal that has come; does not wait. */
void signals_read(struct signals *signals);

/* The signals stay blocked: those that come later are lost. */
void signals_close(struct signals *signals);

#endif
