/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * events.h - what happens in a run, as it happens: JSON lines for --events
 *
 * Each line is an object with "event" and "seconds", since the start.  A slow
 * reader delays nobody (base/sink.h).
 *
 * Threads: main thread.
 */
#ifndef CLI_REPORT_EVENTS_H
#define CLI_REPORT_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct sink;

struct events {
	/* NULL: there is no --events. */
	struct sink *sink;
	/* The socket of minivmm test, which shows the run; 0: there is none. */
	int view_fd;
	uint64_t start_ns;
	/* The latest of those that were told. */
	uint64_t last_ns;
};

/* Write to @fd, and each event as a packet to @view_fd, which does not block,
 * as far as there is room.  Both stay the caller's, and 0 is none.  Times are
 * told from @start_ns of now_ns() on.  Logs; -errno. */
int events_open(struct events *events, int fd, int view_fd, uint64_t start_ns);

/* Start the thread that writes; until then events wait.  Logs; -errno. */
int events_start(struct events *events);

/* Whether anybody hears of events. */
bool events_has_listeners(const struct events *events);

/* @name happened at @when_ns.  @more, an object with more to say of it or
 * NULL, is consumed. */
void events_say(struct events *events, const char *name, uint64_t when_ns,
		json_t *more);

/* Wait for the reader as long as it takes something, else at most
 * @patience_ms.  One that is all zero is fine.  -errno: not all could be
 * written. */
int events_close(struct events *events, unsigned patience_ms);

#endif
