/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * merge.h - merges several texts into one, line by line
 *
 * A guest has a console, and its job may have outputs of its own.  A line of
 * one must not get into the middle of a line of another, as the merged text is
 * searched for words.  So the source that has begun a line goes on first.  Text
 * of the others waits, up to a limit; above it, the unfinished line is ended
 * where it is.
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

/* How many bytes of each source may wait. */
enum { MERGE_ROOM = 4096 };

struct merge {
	/* Receives the merged text. */
	void (*take)(void *arg, const uint8_t *buf, size_t len);
	void *arg;
	/* The source whose line is unfinished, if @begun. */
	enum merge_source owner;
	bool begun;
	struct {
		uint8_t held[MERGE_ROOM];
		size_t n;
	} source[MERGE_SOURCES];
};

/* Add the next @len bytes of @source. */
void merge_add(struct merge *merge, enum merge_source source,
	       const uint8_t *buf, size_t len);

/* Hand on all that waits: there will be no more, or it is urgent. */
void merge_end(struct merge *merge);

#endif
