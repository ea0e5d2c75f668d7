/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unix_listen.h - a listening Unix socket at a path
 *
 * Whoever finds the path can connect: it listens before it is there.  A socket
 * that nobody listens on any more is replaced, anything else is not.
 *
 * Threads: any.
 */
#ifndef BASE_UNIX_LISTEN_H
#define BASE_UNIX_LISTEN_H

#include "base/draft.h"

/*
 * Listen at @path for up to @backlog connections to be accepted; a descriptor,
 * non-blocking, and in @id what file_id_unlink() takes away in the end.
 * -EADDRINUSE: somebody listens there; -EEXIST: it is no socket;
 * -ENAMETOOLONG; -errno.
 */
int unix_listen(const char *path, int backlog, struct file_id *id);

/* The same, and only the owner can connect. */
int unix_listen_private(const char *path, int backlog, struct file_id *id);

#endif
