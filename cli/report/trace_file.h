/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_file.h - the file of --trace
 *
 * In the Trace Event Format, which Perfetto's and Chromium's viewers open:
 * https://ui.perfetto.dev.  It is written at the end of the run.
 *
 * Threads: main thread, but for trace_file_console().
 */
#ifndef CLI_REPORT_TRACE_FILE_H
#define CLI_REPORT_TRACE_FILE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/trace.h"

struct trace_file {
	const char *path;
	/* NULL: nothing is traced. */
	FILE *file;
	struct trace trace;
	/* The time that the file calls 0. */
	uint64_t start_ns;
	/* The console's unfinished line; under the lock. */
	pthread_mutex_t lock;
	uint16_t console;
	char line[TRACE_LINE];
	size_t len;
	bool written;
	/* How it was written. */
	int err;
};

/* Open @path, NULL for nothing.  Times count from @start_ns, by now_ns().
 * Logs; -errno. */
int trace_file_open(struct trace_file *file, const char *path,
		    uint64_t start_ns);

/* Where to record events; NULL: nowhere. */
struct trace *trace_file_trace(struct trace_file *file);

/* The guest wrote this to its console.  Any thread. */
void trace_file_console(struct trace_file *file, const uint8_t *buf,
			size_t len);

/* Write what was recorded until now, unless its file (/dev/stdout, say) is that
 * behind @fd.  Events may still be recorded; they are lost. */
void trace_file_write_unless(struct trace_file *file, int fd);

/* Write it, unless that is done, and close it.  Nobody records any more.  Logs;
 * -errno: it could not be written. */
int trace_file_close(struct trace_file *file);

#endif
