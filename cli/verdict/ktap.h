/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ktap.h - the results of tests that the guest runs itself, from its console
 *
 * Reads KTAP, as KUnit and kselftest write it, and TAP.  Results begin with a
 * line of their version; before that, and between them, the console may say
 * anything.  What the kernel's log says, which has time stamps, and what
 * programs say are two streams, so that neither cuts the other's results.
 *
 * The tests of a group come before the group's own result.  What is missing is
 * a test that failed: fewer results than planned, a group that does not end, or
 * no results at all.
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

/* How deep groups are told apart; those that are deeper count as of this
 * depth. */
#define KTAP_DEPTH 8

/* What is kept of a name or a reason, and of what was said before a failure. */
#define KTAP_TEXT   200
#define KTAP_OUTPUT 2048

/* The results that stand in one column. */
struct ktap_level {
	size_t column;
	bool has_plan, skipped;
	uint32_t plan, came, highest;
	/* Of the group; empty: it is not known yet. */
	char name[KTAP_TEXT];
	/* Where in the list what may be a part of its next result begins. */
	size_t parts;
};

struct ktap_stream {
	struct ktap_level levels[KTAP_DEPTH];
	/* How many there are; 0: no results are being told. */
	unsigned depth;
	/* What the next group is called, if that was said before it. */
	char next[KTAP_TEXT];
};

struct ktap {
	struct subtests tests;
	struct ktap_stream streams[2];
	/* There was a line of a version. */
	bool begun;
	/* The last lines that are no results, since the last result. */
	char output[KTAP_OUTPUT];
	size_t n_output;
};

/* The next line, @len bytes of @text without its end. */
void ktap_line(struct ktap *ktap, const char *text, size_t len);

/* There is no more: judge what is missing, and finish the list. */
void ktap_end(struct ktap *ktap);

#endif
