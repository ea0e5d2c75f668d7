/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cause.h - what Linux said before a panic that is the cause of it
 *
 * Linux goes on after it could not unpack the initial RAM disk, or start the
 * program in it, and panics for want of a root file system, which misleads.
 */
#ifndef CLI_VERDICT_CAUSE_H
#define CLI_VERDICT_CAUSE_H

#include <stdbool.h>
#include <stddef.h>

/* Where in @len bytes at @line a cause begins; NULL: it tells of none. */
const char *cause_find(const char *line, size_t len);

/* What to do about @panic, a line of the console, when @cause was said before
 * (NULL: nothing was); NULL: nobody knows. */
const char *cause_remedy(const char *panic, const char *cause, bool has_root);

#endif
