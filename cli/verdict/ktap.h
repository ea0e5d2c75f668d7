/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ktap.h - reads the results of tests that the guest runs, from its console
 *
 * Reads KTAP, as KUnit and kselftest write it, and TAP.  Results begin with a
 * version line.  Before them, and between them, other text may come.  The
 * kernel's log, whose lines have time stamps, and the output of programs are
 * read as two separate streams, so that neither interrupts the other's results.
 *
 * The tests of a group come before the group's own result.  A result that is
 * missing counts as a failed test: if there are fewer results than planned, if
 * a group does not end, or if there are no results at all.
 *
 * Threads: one at a time, see cli/verdict/watch.h.  Trust: the text is the
 * guest's; memory is bounded, by subtests.h and by this struct's size.
 */
#ifndef CLI_VERDICT_KTAP_H
#define CLI_VERDICT_KTAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/verdict/subtests.h"

/* How many levels of groups are told apart.  Deeper groups count as of the last
 * level. */
#define KTAP_DEPTH 8

/* How many bytes are kept of a name or a reason, and of the output before a
 * failure. */
#define KTAP_TEXT   200
#define KTAP_OUTPUT 2048

/* A group of results that begin in the same column. */
struct ktap_level {
	size_t column;
	bool has_plan, skipped;
	uint32_t plan, came, highest;
	/* The name of the group; empty: not known yet. */
	char name[KTAP_TEXT];
	/* The index of the first test in the list that may belong to the next
	 * result. */
	size_t parts;
};

struct ktap_stream {
	struct ktap_level levels[KTAP_DEPTH];
	/* How many levels are open; 0: no results have begun. */
	unsigned depth;
	/* The name of the next group, if a line has announced it. */
	char next[KTAP_TEXT];
};

struct ktap {
	struct subtests tests;
	struct ktap_stream streams[2];
	/* A version line was seen. */
	bool begun;
	/* The last lines since the last result, none of them results. */
	char output[KTAP_OUTPUT];
	size_t n_output;
};

/* Read the next line: @len bytes of @text without its end. */
void ktap_line(struct ktap *ktap, const char *text, size_t len);

/* The text is over: add what is missing as failed tests, and finish the
 * list. */
void ktap_end(struct ktap *ktap);

#endif
