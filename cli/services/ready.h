/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ready.h - tells others that the guest is ready: --ready-fd and --ready-file
 *
 * One line: the word "ready", and the variables of the forwards (port_env.h),
 * with blanks between them.  Blanks, control characters and backslashes within
 * these are written as a backslash and three octal digits.  The file does not
 * exist before.
 *
 * Threads: main thread.
 */
#ifndef CLI_SERVICES_READY_H
#define CLI_SERVICES_READY_H

#include <limits.h>

struct services_config;
struct sink;
struct string_list;

struct ready {
	const char *path;
	/* The line is written to this file, which is then renamed, so nobody
	 * sees half of the line. */
	char draft[PATH_MAX];
	int draft_fd;
	/* NULL: there is no descriptor. */
	struct sink *sink;
};

/* Open what @config, which must outlive it, asks for.  In @ready, draft_fd is
 * -1, the rest is zero.  Logs one line; -errno.  ready_close() must be called
 * even after an error. */
int ready_open(struct ready *ready, const struct services_config *config);

/* The path of the draft; NULL: no file is asked for. */
const char *ready_draft(const struct ready *ready);

/* Write the line, once, with the variables in @env.  The caller then gives the
 * draft its name, or has it done.  Logs; -errno. */
int ready_tell(struct ready *ready, const struct string_list *env);

/* The draft has its name or, if @err is not 0, could not get it; @err is then
 * logged and returned. */
int ready_published(struct ready *ready, int err);

/* Wait at most @patience_ms for a reader of the descriptor.  -errno: the line
 * could not be written. */
int ready_close(struct ready *ready, unsigned patience_ms);

#endif
