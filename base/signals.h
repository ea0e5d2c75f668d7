/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals.h - the signals that the user ends and questions a run by
 *
 * SIGTERM, SIGINT, SIGHUP, SIGQUIT and, where they are wanted, SIGUSR1 and
 * SIGWINCH are blocked in all threads and read from a descriptor.  SIGHUP stays
 * ignored where it is.
 *
 * Threads: whichever watches the descriptor.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

#include <stdbool.h>

#include "base/loop.h"

struct signals {
	/* Set by the user. */
	void (*arrived)(void *arg, int signal);
	void *arg;
	/* SIGUSR1 and SIGWINCH are wanted, too. */
	bool questions;
	struct loop_fd source;
};

/* Block and watch them; before any thread exists, so that all inherit the
 * mask.  @loop NULL: who polls source.fd calls signals_read().  @signals has
 * its functions and arg, else zeros.  Logs; -errno. */
int signals_open(struct signals *signals, struct loop *loop);

/* Call arrived() for each that has come; does not wait. */
void signals_read(struct signals *signals);

/* They stay blocked: those that come are lost. */
void signals_close(struct signals *signals);

#endif
