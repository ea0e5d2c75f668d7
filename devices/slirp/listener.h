/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listener.h - libslirp accepts connections on a socket of ours
 *
 * libslirp opens the host's side of a forward itself, with a queue for one
 * connection.  So it is made to open one on a free port of the loopback, and
 * ours takes its place under the same number, dup3(2).
 *
 * Threads: the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_LISTENER_H
#define DEVICES_SLIRP_LISTENER_H

#include <sys/socket.h>

struct slirp_shard;

/* From now on @shard accepts on @fd, a TCP socket that listens, and leads
 * connections to @guest, an address of @len bytes.  libslirp's descriptor, a
 * copy of @fd; -1 with errno set: there is none. */
int slirp_listener_add(struct slirp_shard *shard, int fd,
		       const struct sockaddr_storage *guest, socklen_t len);

/* It closes its copy of the socket that is bound to @host, an address of @len
 * bytes. */
void slirp_listener_remove(struct slirp_shard *shard,
			   const struct sockaddr_storage *host, socklen_t len);

#endif
