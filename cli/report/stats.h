/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.h - the counters of all parts of a machine, for people and programs
 *
 * Reading them stops nothing: each has one thread that keeps it.  What they
 * are called is in tables beside them (base/count.h).  A machine that replaces
 * another after a reset begins anew, but for the network behind its card.
 *
 * Threads: main thread.
 */
#ifndef CLI_REPORT_STATS_H
#define CLI_REPORT_STATS_H

#include <jansson.h>
#include <stdio.h>

#include "base/count.h"

struct vm;

/* Log those that are not 0, and the state of the devices' queues. */
void stats_log(const struct vm *vm);

/* Print those that are not 0. */
void stats_print(const struct vm *vm, FILE *out);

/* All of them as a JSON object, the caller's; NULL when out of memory. */
json_t *stats_json(const struct vm *vm);

/* What --stats asks for. */
struct stats_file {
	const char *path;
	FILE *file;
	/* Of the last machine, and how many there were. */
	json_t *last;
	unsigned machines;
	/* How it was closed. */
	int err;
};

/* Open @path, NULL for nothing.  Logs; -errno. */
int stats_file_open(struct stats_file *stats, const char *path);

/* @vm is about to be freed: keep its counters. */
void stats_file_take(struct stats_file *stats, const struct vm *vm);

/* Write it and close; one that is closed only says how that went.  A zeroed one
 * is fine.  Logs; -errno. */
int stats_file_close(struct stats_file *stats);

/* The same, unless its file (/dev/stdout, say) is that behind @fd. */
void stats_file_close_unless(struct stats_file *stats, int fd);

/* The list of all counters for the manual, in mdoc(7). */
void stats_mdoc(FILE *out);

#endif
