/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_seat.h - room for one test at a time: its set-up, its run, its
 * tear-down, and all of that once more if it failed (--retries)
 *
 * The tear-down is run whatever happened before, even to the set-up.
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_SEAT_H
#define CLI_SUITE_SUITE_SEAT_H

#include <stdbool.h>

#include "cli/suite/suite_follow.h"
#include "cli/suite/suite_hook.h"
#include "cli/suite/suite_run.h"

struct suite_row;

enum seat_state { SEAT_FREE, SEAT_SET_UP, SEAT_RUN, SEAT_TEAR_DOWN };

struct suite_seat {
	/* Set by the user; @done is called when the test is over. */
	struct loop *loop;
	const struct suite_config *config;
	const struct inherited *inherited;
	void (*done)(void *arg, struct outcome *outcome);
	void *arg;

	enum seat_state state;
	struct suite_run run;
	struct suite_hook set_up, tear_down;
	/* What its runs tell, if follow.loop is set. */
	struct suite_follow follow;
	/* How this attempt went, and those before it. */
	struct outcome outcome, *earlier;
	size_t n_earlier;
	/* The signals that have come. */
	int signal;
	unsigned signals;
};

/* Begin @run.  Logs; returns 0, or the exit code of a suite that can't go on.
 */
int suite_seat_begin(struct suite_seat *seat, const struct suite_run *run);

/* Fill @row with what it does now; the strings stay its own.  False: it is
 * free. */
bool suite_seat_row(const struct suite_seat *seat, struct suite_row *row);

/* @signal asks for the end: the set-up and the run are asked to end, and
 * nothing is begun but the tear-down.  From the second on the tear-down has
 * little time left. */
void suite_seat_signal(struct suite_seat *seat, int signal);

#endif
