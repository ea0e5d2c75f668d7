/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_block.h - the lines at the bottom of a terminal that show what runs now
 *
 * The block stands below all else, and the cursor in the line below the block.
 * So whatever ends or stops the process, the shell's prompt has a line of its
 * own.  Text that is to stay is written above: suite_block_clear() puts the
 * cursor there, and the block is drawn again below the text.
 *
 * The terminal's size is asked for each time.  A block is half as high as the
 * screen at most; what has no room is counted.
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_BLOCK_H
#define CLI_SUITE_SUITE_BLOCK_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A run that is under way.  The strings may hold any bytes. */
struct suite_row {
	const char *name, *phase, *line;
	uint64_t begun_ns;
};

struct suite_block {
	FILE *out;
	/* It is a terminal that can show a block. */
	bool live;
	/* For the width of characters; 0: there is none. */
	locale_t locale;
	/* How many lines are drawn now. */
	unsigned drawn;
};

/* Whether there is a block is decided now: @out must be a terminal that TERM
 * does not call dumb, and CI is not set. */
void suite_block_init(struct suite_block *block, FILE *out);
void suite_block_free(struct suite_block *block);

/* Take the block away: what is written next stands in its place. */
void suite_block_clear(struct suite_block *block);

/* Others have written to the terminal: what is drawn there stays. */
void suite_block_leave(struct suite_block *block);

/* Draw the @n @rows and @status below them.  Nothing is drawn on a terminal
 * that is too small, or where another process group is in the foreground. */
void suite_block_draw(struct suite_block *block, const struct suite_row *rows,
		      size_t n, const char *status);

#endif
