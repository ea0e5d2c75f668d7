/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats_out.h - counters as JSON and as lines of text
 *
 * Threads: none of its own; one user each.
 */
#ifndef CLI_REPORT_STATS_OUT_H
#define CLI_REPORT_STATS_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/count.h"

enum { STATS_DEPTH = 4 };

/* Groups become objects, histograms arrays that end with the last count that
 * is not 0. */
struct stats_json {
	struct count_view view;
	/* The object being filled, and those around it. */
	json_t *stack[STATS_DEPTH];
	unsigned depth;
	bool failed;
};

/* Have @out->view add to @root, which is the caller's. */
void stats_json_init(struct stats_json *out, json_t *root);

/* "GROUP GROUP: name value, name value", in lines of a width to be read.
 * Counters that are 0 are left out. */
struct stats_text {
	struct count_view view;
	void (*line)(void *arg, const char *text);
	void *arg;
	const char *group[STATS_DEPTH];
	unsigned depth;
	char text[128];
	size_t len;
};

/* Have @out->view call @line(@arg) with each line. */
void stats_text_init(struct stats_text *out,
		     void (*line)(void *arg, const char *text), void *arg);

#endif
