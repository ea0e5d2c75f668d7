/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * landlock.h - restricts which paths a thread may open, and which processes it
 * may reach
 *
 * See landlock(7).  A ruleset handles all rights that the kernel knows: what no
 * rule allows is refused, to the thread that enforces the ruleset and to those
 * it starts later.  Files that are open already are not affected.
 *
 * Threads: any.
 */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Rights that can be allowed beneath a folder, or for a file. */
#define LANDLOCK_READ_FILE   (UINT64_C(1) << 2)
#define LANDLOCK_WRITE_FILE  (UINT64_C(1) << 1)
#define LANDLOCK_READ_FOLDER (UINT64_C(1) << 3)
#define LANDLOCK_ALL	     UINT64_MAX

/* The versions from which on the kernel can restrict TCP, and signals. */
enum { LANDLOCK_HAS_TCP = 4, LANDLOCK_HAS_SCOPES = 6 };

struct landlock {
	int rules;
	uint64_t files;
};

/* The kernel's version of Landlock; 0: it has none.  Version 1 counts as none:
 * it does not let files be renamed from one folder to another, whatever is
 * allowed. */
int landlock_version(void);

/*
 * Make a ruleset without rules.  With @tcp, no TCP port may be bound or
 * connected to.  With @scopes, no signal may be sent to other processes, and no
 * abstract Unix socket of theirs used.  Rights that the kernel doesn't know are
 * not restricted.  -ENOSYS or another -errno: there is nothing to close.
 */
int landlock_open(struct landlock *landlock, bool tcp, bool scopes);

/* Allow @rights, as far as the kernel knows them, beneath the folder @fd or for
 * the file @fd.  Returns 0 or -errno. */
int landlock_allow(const struct landlock *landlock, int fd, uint64_t rights);

/* Enforce it for this thread, which must have no_new_privs.  -errno. */
int landlock_enforce(const struct landlock *landlock);

void landlock_close(struct landlock *landlock);

#endif
