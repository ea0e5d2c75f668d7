/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_show.h - how a suite goes, for people
 *
 * On a terminal a line at the bottom says how many runs there are of each
 * kind; elsewhere each run that has ended has a line.
 */
#ifndef CLI_SUITE_SUITE_SHOW_H
#define CLI_SUITE_SUITE_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/report/outcome.h"

struct suite_show {
	FILE *out;
	bool terminal;
	uint64_t begun_ns;
	/* Flaky ones have passed, too. */
	size_t passed, failed, flaky;
	/* Of a passed run nothing is said but its number. */
	bool terse;
	/* Readable when the user wants an end; -1: nothing. */
	int signal_fd;
	/* How long a reader of @out may take nothing; -1: for ever. */
	int patience_ms;
	/* Not all that was said could be written. */
	bool lost;
};

/* @signal_fd, or -1, ends the wait for a reader that takes nothing. */
void suite_show_init(struct suite_show *show, FILE *out, int signal_fd,
		     bool terse);

/* The end is wanted: no reader is waited for any more, or not for long. */
void suite_show_hurry(struct suite_show *show);

/* @outcome is one more.  */
void suite_show_ended(struct suite_show *show, const struct outcome *outcome);

/* Renew the line at the bottom, if there is one: @running runs are under way,
 * @left are to come (SIZE_MAX: there is no end). */
void suite_show_status(struct suite_show *show, size_t running, size_t left);

/* A signal has come: what it does, and what the next one will. */
void suite_show_interrupted(struct suite_show *show);

/* The end: what failed, sums, those of each of the @n_tests tests if they were
 * repeated, and the boot times of the @n @outcomes; @left runs were not made.
 * Logs; -errno: not all that was said could be written. */
int suite_show_summary(struct suite_show *show, const struct outcome *outcomes,
		       size_t n, size_t n_tests, size_t left);

/* The @percent-th percentile, by nearest rank, of the @n sorted @values, of
 * which there is one at least. */
uint64_t suite_percentile(const uint64_t *values, size_t n, unsigned percent);

#endif
