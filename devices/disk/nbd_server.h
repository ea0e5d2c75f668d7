/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nbd_server.h - a qemu-nbd of our own
 *
 * It is a child that listens on a socket without a name: we have connected to
 * it before it starts, and nobody else can.  It ends with its last connection,
 * and when we do.
 *
 * Threads: main thread.
 */
#ifndef DEVICES_DISK_NBD_SERVER_H
#define DEVICES_DISK_NBD_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct disk_config;

/* How many requests it works on at a time. */
enum { NBD_CONNECTIONS = 4 };

struct nbd_server {
	pid_t pid;
	/* Readable when it has ended. */
	int pidfd;
	/* What it says. */
	int messages;
	/* -1: handed on. */
	int sockets[NBD_CONNECTIONS];
};

/* Whether there is a qemu-nbd among the user's programs. */
bool nbd_server_exists(void);

/* Start one for @config.  -errno: the host has no room for it, or no
 * directory for a socket. */
int nbd_server_start(struct nbd_server *server,
		     const struct disk_config *config);

/* The first line that it has said and nobody has read, into @text, of @size
 * bytes, printable, without its own name; empty: nothing. */
void nbd_server_message(const struct nbd_server *server, char *text,
			size_t size);

/* Whether it ends within @ms. */
bool nbd_server_has_ended(const struct nbd_server *server, int ms);

/*
 * Its connections are closed: wait up to @ms for it to write what it has and
 * end, and no longer if it doesn't.  Its exit code as child_reap() has it, or
 * -ETIMEDOUT.
 */
int nbd_server_end(struct nbd_server *server, int ms);

#endif
