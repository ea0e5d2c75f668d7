/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connection.h - where a debugger connects
 *
 * A port of this host's loopback interface, or a Unix socket that only its
 * owner can open.  One debugger at a time; a second one is turned away.  A page
 * in a browser can send bytes to a local port too, but not begin as a debugger
 * does: who begins otherwise is not served.
 *
 * What is read is bounded, and nothing more is read from one who does not read.
 *
 * Threads: main thread.
 */
#ifndef GDB_CONNECTION_H
#define GDB_CONNECTION_H

#include "base/draft.h"
#include "base/loop.h"
#include "gdb/server.h"

struct gdb_connection {
	struct loop *loop;
	/* A debugger has come; gdb_connection_serve() is to be called once the
	 * machine has stopped.  And it is gone, without a word. */
	void (*came)(void *arg);
	void (*left)(void *arg);
	void *arg;
	/* The Unix socket's, NULL for a port. */
	char *path;
	struct file_id id;
	struct loop_fd listener, peer;
	/* It has begun as debuggers do; and it is served. */
	bool greeted, served;
	uint8_t in[4096];
	size_t in_len;
	struct gdb_server server;
};

/* "PORT", "ADDR:PORT" or "unix:PATH", of which the address must be the loopback
 * interface's.  NULL: it is one; else what is wrong. */
const char *gdb_where_check(const char *where);

/* Listen at @where.  The first five fields are the caller's.  Logs; -errno, and
 * nothing is to be closed. */
int gdb_connection_open(struct gdb_connection *connection, const char *where);

/* Close all; one that was not opened, but is zeroed, is fine.  What the
 * debugger was told last goes out as far as it can at once. */
void gdb_connection_close(struct gdb_connection *connection);

/* Serve who has come: the machine has stopped by @stop. */
void gdb_connection_serve(struct gdb_connection *connection,
			  const struct gdb_target *target, void *arg,
			  const struct gdb_stop *stop);

/* The server has something to say, or can take more. */
void gdb_connection_go_on(struct gdb_connection *connection);

#endif
