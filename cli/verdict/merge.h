/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * merge.h - several texts become one, line by line
 *
 * A guest has a console, and its job may have outputs of its own.  Who looks
 * for words in them must not find a line of one in the middle of a line of
 * another.  So whoever has begun a line goes on first; what the others say
 * meanwhile waits, up to a bound, at which the line ends where it is.
 *
 * Threads: none of its own; one at a time.
 */
#ifndef CLI_VERDICT_MERGE_H
#define CLI_VERDICT_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum merge_source {
	MERGE_CONSOLE,
	MERGE_STDOUT,
	MERGE_STDERR,
	MERGE_SOURCES,
};

/* Of what may wait of each. */
enum { MERGE_ROOM = 4096 };

struct merge {
	/* Who takes the one text. */
	void (*take)(void *arg, const uint8_t *buf, size_t len);
	void *arg;
	/* Whose line has begun and not ended, if @begun. */
	enum merge_source owner;
	bool begun;
	struct {
		uint8_t held[MERGE_ROOM];
		size_t n;
	} source[MERGE_SOURCES];
};

/* The next @len bytes of @source. */
void merge_add(struct merge *merge, enum merge_source source,
	       const uint8_t *buf, size_t len);

/* Hand on all that waits: there will be no more, or it is urgent. */
void merge_end(struct merge *merge);

#endif
