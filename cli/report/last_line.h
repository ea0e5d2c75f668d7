/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * last_line.h - what the guest said last, as an event
 *
 * The event `console` has the last line on the console, finished or not.  There
 * are at most four in a second, and only if the line has changed.
 *
 * Threads: last_line_note() may be called by any; the others by the main
 * thread.
 */
#ifndef CLI_REPORT_LAST_LINE_H
#define CLI_REPORT_LAST_LINE_H

#include <stdbool.h>

#include "base/loop.h"
#include "cli/verdict/watch.h"

struct report;

struct last_line {
	struct loop *loop;
	struct watch *watch;
	/* NULL: nobody listens to events. */
	struct report *report;
	/* There is output; and the time for the next event has come. */
	struct loop_work spoke;
	struct loop_timer again;
	/* The main thread has been told of output, and has not looked yet.
	 * Exchanged by both sides, acquire and release: who sets it has its
	 * output in @watch, and who clears it looks there afterwards. */
	bool noted;
	char told[WATCH_LINE];
};

/* All arguments must outlive @last. */
void last_line_init(struct last_line *last, struct loop *loop,
		    struct watch *watch, struct report *report);
void last_line_free(struct last_line *last);

/* The guest has said something, which the watch has seen.  Any thread; never
 * waits. */
void last_line_note(struct last_line *last);

/* The machine has ended: tell the last line now, if it is new. */
void last_line_end(struct last_line *last);

#endif
