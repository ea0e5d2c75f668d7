/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_follow.h - where a run is, by the events it tells of
 *
 * A run of minivmm test writes its events (cli/report/events.h) to a socket as
 * well, one to a packet, if somebody looks at a terminal.
 *
 * Threads: main thread.  Trust: what a guest says comes along in it.
 */
#ifndef CLI_SUITE_SUITE_FOLLOW_H
#define CLI_SUITE_SUITE_FOLLOW_H

#include "base/loop.h"

struct suite_follow {
	/* Set by the user; the function is called when a field below has
	 * changed. */
	struct loop *loop;
	void (*changed)(void *arg);
	void *arg;

	struct loop_fd source;
	/* The phase it has reached, and the last line on its console. */
	char phase[16], line[256];
};

/* Begin to follow the next run: returns the socket to be given to it, of which
 * the caller closes its own descriptor when the run has started.  -1: it can't
 * be followed.  suite_follow_end() comes before the next one. */
int suite_follow_begin(struct suite_follow *follow);
void suite_follow_end(struct suite_follow *follow);

/* The event @text, of @len bytes, has come. */
void suite_follow_event(struct suite_follow *follow, const char *text,
			size_t len);

#endif
