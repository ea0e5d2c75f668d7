/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inherited.h - what the process was started with, to be given to its children
 *
 * A command of the user's gets the descriptors that the user passed (a make
 * jobserver's, a lock's) and the user's limit on descriptors.  Descriptors that
 * this process or a library has opened since then are not for children.
 *
 * Threads: main thread.
 */
#ifndef BASE_INHERITED_H
#define BASE_INHERITED_H

#include <stddef.h>
#include <sys/resource.h>

/* Zero-initialised, there was nothing. */
struct inherited {
	/* Descriptors from 3 on, ascending. */
	int *fds;
	size_t n_fds;
	/* RLIMIT_NOFILE; rlim_max 0: not known. */
	struct rlimit files;
};

/* Look, before anything is opened.  Without /proc, no descriptors are found. */
void inherited_note(struct inherited *inherited);

void inherited_free(struct inherited *inherited);

/*
 * In a child, between fork(2) and execve(2): have execve(2) close all other
 * descriptors from 3 on, and restore the limit.  All calls are
 * async-signal-safe.  NULL: close all from 3 on, and don't change the limit.
 */
void inherited_restore(const struct inherited *inherited);

/* Close all descriptors from 3 on, except those of @inherited and the @n in
 * @more, which get sorted.  One of -1 is none. */
void inherited_keep(const struct inherited *inherited, int *more, size_t n);

#endif
