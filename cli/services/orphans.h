/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * orphans.h - processes whose parent has ended become this process's children
 *
 * So what a command has started can be ended with it, though it left the
 * command's group and session, as a daemon does.  See PR_SET_CHILD_SUBREAPER in
 * prctl(2).  Children are found in /proc; without it nothing is found.
 *
 * Threads: the only one of this process.
 */
#ifndef CLI_SERVICES_ORPHANS_H
#define CLI_SERVICES_ORPHANS_H

#include <sys/types.h>

/* Have the kernel give this process the orphans among its descendants. */
void orphans_adopt(void);

/* Reap the children that have ended, except @a and @b, for which somebody else
 * waits. */
void orphans_reap(pid_t a, pid_t b);

/* End all children and what they have started: by SIGTERM, and by SIGKILL those
 * that are left after @patience_ms. */
void orphans_end(unsigned patience_ms);

#endif
