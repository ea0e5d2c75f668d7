/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nbd_client.h - several connections to an NBD server
 *
 * A request has a connection for itself until it is done.  One that is given
 * up leaves its connection with it: nobody listens to that again, so nothing
 * more is written to the request's memory.
 *
 * Threads: any number make requests; the rest as said.
 */
#ifndef DEVICES_DISK_NBD_CLIENT_H
#define DEVICES_DISK_NBD_CLIENT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "devices/disk/nbd_lib.h"

enum { NBD_CONNECTIONS_MAX = 8 };

struct nbd_client {
	struct nbd_lib lib;
	/* Readable, and never read, once all is given up. */
	int cancel_fd;

	struct nbd_connection {
		struct nbd_handle *handle;
		/* What a request in several pieces is put together in. */
		char *buffer;
		/* A request was given up on it. */
		bool left;
	} connections[NBD_CONNECTIONS_MAX];
	unsigned n;

	/* Those that no request has; by the lock. */
	struct nbd_connection *idle[NBD_CONNECTIONS_MAX];
	unsigned n_idle;
	pthread_mutex_t lock;
	pthread_cond_t returned;
};

enum nbd_what { NBD_READ, NBD_WRITE, NBD_FLUSH, NBD_TRIM, NBD_ZERO };

/* A request; @flags are libnbd's. */
struct nbd_command {
	enum nbd_what what;
	uint32_t flags;
	uint64_t offset, len;
	/* Set by nbd_client_transfer(). */
	void *bytes;
};

/* One without connections.  -ENOENT: there is no libnbd; -errno, and
 * nbd_client_free() is to be called all the same.  Main thread. */
int nbd_client_init(struct nbd_client *client);

/* One more connection, by @socket, which is then its own.  -ENOTCONN: the
 * server doesn't want it; -ENOMEM.  Main thread, before any request. */
int nbd_client_add(struct nbd_client *client, int socket);

/* Read into or write from the @n entries of @iov, by @cmd's @what, @flags and
 * @offset.  -ENOTCONN: the server is gone; -ECANCELED; -errno, the server's.
 * Any thread. */
int nbd_client_transfer(struct nbd_client *client, struct nbd_command cmd,
			const struct iovec *iov, unsigned n);

/* The same for a request without data. */
int nbd_client_execute(struct nbd_client *client,
		       const struct nbd_command *cmd);

/* Requests under way, and all later ones, are -ECANCELED.  Any thread. */
void nbd_client_cancel(struct nbd_client *client);

/* Close all connections, with a word to the server.  There is no request any
 * more.  Main thread. */
void nbd_client_free(struct nbd_client *client);

#endif
