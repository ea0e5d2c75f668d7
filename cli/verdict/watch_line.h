/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch_line.h - what a line of the console says: that something is broken, or
 * how far the guest has come
 *
 * Part of watch.c, whose lock the caller holds.  The line is the one that
 * begins at @watch->line.
 */
#ifndef CLI_VERDICT_WATCH_LINE_H
#define CLI_VERDICT_WATCH_LINE_H

struct watch;

/* Tell the main thread that watch_news() has something new. */
void watch_tell(struct watch *watch);
/* Look for what is forbidden in the line.  It may have no end yet if it is too
 * long for the room. */
void watch_line(struct watch *watch);
/* Look in the whole line for how far the guest has come, and for the cause of a
 * panic. */
void watch_landmarks(struct watch *watch);
/* The guest runs its first process.  Only the first call counts. */
void watch_userspace(struct watch *watch);

#endif
