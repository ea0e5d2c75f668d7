/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ready.h - tells that the guest is ready: --ready-fd and --ready-file
 *
 * One line: the word "ready", and the variables that tell of the forwards
 * (port_env.h), with blanks between them; in these blanks, control characters
 * and backslashes are a backslash and three octal digits.  The file isn't there
 * before.
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
	/* Where the line is written, to be renamed: nobody sees half of it. */
	char draft[PATH_MAX];
	int draft_fd;
	/* NULL: there is no descriptor. */
	struct sink *sink;
};

/* Open what @config, which must outlive it, asks for; @ready has a draft_fd of
 * -1, else zeros.  Logs one line; -errno, and ready_close() is to be called all
 * the same. */
int ready_open(struct ready *ready, const struct services_config *config);

/* The path where the file is made; NULL: there is none. */
const char *ready_draft(const struct ready *ready);

/* Tell, once, with the variables in @env; the file has yet to be given its
 * name, by whom may.  Logs; -errno. */
int ready_tell(struct ready *ready, const struct string_list *env);

/* That has been done, or @err says why not, which is logged and returned. */
int ready_published(struct ready *ready, int err);

/* A reader of the descriptor is waited for at most @patience_ms.  -errno: it
 * could not be told. */
int ready_close(struct ready *ready, unsigned patience_ms);

#endif
