/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_show.h - how a suite goes, for people
 *
 * Each run that has ended has a line.  On a terminal a block at the bottom
 * shows those that are under way (suite_block.h); lines above it wait for the
 * next time that it is drawn.
 */
#ifndef CLI_SUITE_SUITE_SHOW_H
#define CLI_SUITE_SUITE_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/report/outcome.h"
#include "cli/suite/suite_block.h"

struct suite_show {
	FILE *out;
	struct suite_block block;
	uint64_t begun_ns;
	/* Flaky ones have passed, too. */
	size_t passed, failed, flaky;
	/* On a terminal nothing is said of a passed run but its number. */
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
void suite_show_free(struct suite_show *show);

/* The end is wanted: no reader is waited for any more, or not for long. */
void suite_show_hurry(struct suite_show *show);

/* @outcome is one more.  */
void suite_show_ended(struct suite_show *show, const struct outcome *outcome);

/* Draw the block, if there is one: the @n @rows are under way, @left runs are
 * to come (SIZE_MAX: there is no end).  Does nothing if that would have to
 * wait. */
void suite_show_status(struct suite_show *show, const struct suite_row *rows,
		       size_t n, size_t left);

/* The process was stopped, and goes on. */
void suite_show_continued(struct suite_show *show);

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
