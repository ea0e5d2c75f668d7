/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * landlock.h - what a thread may open by path, and whom it may reach
 *
 * See landlock(7).  A ruleset handles all that the kernel knows: what no rule
 * allows is refused, to the thread that enforces it and those it starts later.
 * What is open already is not concerned.
 *
 * Threads: any.
 */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* What can be allowed beneath a folder, or of a file. */
#define LANDLOCK_READ_FILE   (UINT64_C(1) << 2)
#define LANDLOCK_WRITE_FILE  (UINT64_C(1) << 1)
#define LANDLOCK_READ_FOLDER (UINT64_C(1) << 3)
#define LANDLOCK_ALL	     UINT64_MAX

/* From these versions on it also knows TCP, and signals. */
enum { LANDLOCK_HAS_TCP = 4, LANDLOCK_HAS_SCOPES = 6 };

struct landlock {
	int rules;
	uint64_t files;
};

/* The kernel's version; 0: it has none.  Version 1 counts as none: with it
 * files can't be renamed from one folder to another, whatever is allowed. */
int landlock_version(void);

/*
 * A ruleset without rules.  With @tcp, no TCP port may be bound or connected
 * to; with @scopes, no signals be sent to other processes, and no abstract
 * Unix socket of theirs be used.  What the kernel doesn't know isn't handled.
 * -ENOSYS, -errno: there is nothing to close.
 */
int landlock_open(struct landlock *landlock, bool tcp, bool scopes);

/* Allow @rights, as far as they are handled, beneath the folder that @fd is
 * open on, or of that file.  -errno. */
int landlock_allow(const struct landlock *landlock, int fd, uint64_t rights);

/* Enforce it for this thread, which must have no_new_privs.  -errno. */
int landlock_enforce(const struct landlock *landlock);

void landlock_close(struct landlock *landlock);

#endif
