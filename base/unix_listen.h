/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unix_listen.h - a listening Unix socket at a path
 *
 * Whoever finds the path can connect: the socket listens before it appears
 * there.  A socket at the path is replaced if nobody listens on it any more.
 * Anything else there is an error.
 *
 * Threads: any.
 */
#ifndef BASE_UNIX_LISTEN_H
#define BASE_UNIX_LISTEN_H

#include "base/draft.h"

/*
 * Listen at @path, with up to @backlog connections waiting.  Returns a
 * non-blocking descriptor, and in @id the file to remove later by
 * file_id_unlink().  -EADDRINUSE: somebody listens there; -EEXIST: there is a
 * file that is no socket; -ENAMETOOLONG or another -errno.
 */
int unix_listen(const char *path, int backlog, struct file_id *id);

/* The same, but only the owner of the process can connect. */
int unix_listen_private(const char *path, int backlog, struct file_id *id);

#endif
