/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h - the files that options name for what minivmm writes
 *
 * In messages a file is called by its option with what stands between that and
 * the name, as "--report " or "--net pcap=", and its path.
 *
 * Threads: main thread; output_fail() is for any.
 */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* Create or empty the file @path, and open it for writing, with @flags for
 * open(2) in addition.  A file that another option writes is refused, under any
 * name: each would overwrite what the other writes.  Logs; a descriptor or
 * -errno. */
int output_open(const char *option, const char *path, int flags);

/* The same; 0 or -errno. */
int output_open_stream(FILE **file, const char *option, const char *path);

/* Whether @path is a regular file that this process writes by a descriptor of
 * its own, not by one that it was started with. */
bool output_is_open(const char *path);

/* Log that @path was refused for this reason; returns -EEXIST. */
int output_refuse(const char *option, const char *path);

/* Log why the file cannot be written, and what to do.  Returns @err, a negative
 * errno. */
int output_fail(const char *option, const char *path, int err);

#endif
