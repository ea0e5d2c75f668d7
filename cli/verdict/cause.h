/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cause.h - messages of Linux that give the cause of a later panic
 *
 * If Linux can't unpack the initial RAM disk, or start the program in it, it
 * goes on, and later panics because there is no root file system.  That panic
 * message misleads.
 */
#ifndef CLI_VERDICT_CAUSE_H
#define CLI_VERDICT_CAUSE_H

#include <stdbool.h>
#include <stddef.h>

/* Where in the @len bytes at @line such a message begins; NULL: there is
 * none. */
const char *cause_find(const char *line, size_t len);

/* What to do about @panic, a line of the console, when the message @cause came
 * before it (NULL: none came).  Returns NULL if that is not known. */
const char *cause_remedy(const char *panic, const char *cause, bool has_root);

#endif
