/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inherited.h - what the process was started with, for those that it starts
 *
 * A command of the user's has the descriptors that he passed (a make
 * jobserver's, a lock's) and his limit on them.  What has been opened since,
 * by us or by a library, is not for others.
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

/* Look, before anything is opened.  Where there is no /proc no descriptor is
 * found. */
void inherited_note(struct inherited *inherited);

void inherited_free(struct inherited *inherited);

/*
 * In a child, between fork(2) and execve(2): have execve(2) close all other
 * descriptors from 3 on, and put the limit back.  Calls nothing that is not
 * async-signal-safe.  NULL: all others, and the limit stays.
 */
void inherited_restore(const struct inherited *inherited);

/* Close all descriptors from 3 on but those of @inherited, and two, of which
 * one may be -1: none. */
void inherited_keep(const struct inherited *inherited, const int more[2]);

#endif
