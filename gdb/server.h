/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server.h - answers a debugger: GDB's remote serial protocol
 *
 * All-stop mode, without the multiprocess extension, threads numbered from 1.
 * Bytes go in, a machine (target.h) is asked, and bytes come out; who carries
 * the bytes is connection.h.  "Debugging with GDB", appendix E.
 *
 * There is exactly one stop reply for each resumption.  While the machine
 * runs, a packet does what Ctrl-C does, and is answered when it has stopped.
 *
 * Threads: one, the owner's.
 */
#ifndef GDB_SERVER_H
#define GDB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdb/packet.h"
#include "gdb/target.h"

/* Frames that one packet can cause: what `monitor` prints comes in several. */
enum { GDB_OUTPUT_FRAMES = 4 };

struct gdb_output {
	char bytes[GDB_OUTPUT_FRAMES * (GDB_PACKET_SIZE + 8)];
	size_t len;
	/* Of them, those that the carrier has sent. */
	size_t sent;
	/* Where the last frame begins, for one who asks for it again. */
	size_t last;
};

struct gdb_server {
	const struct gdb_target *target;
	void *arg;
	struct gdb_parser parser;
	struct gdb_reply reply;
	struct gdb_output out;
	/* No more '+' and '-'. */
	bool no_ack;
	/* The machine runs for the debugger, who waits for a stop reply. */
	bool running;
	/* It has been asked to stop, and stops soon. */
	bool stopping;
	/* The debugger has detached or killed; or it has been told of the
	 * end. */
	bool over;
	/* Whose registers and memory are asked for; whom `c` and `s` mean. */
	unsigned thread, resumed_thread;
	struct gdb_stop stop;
};

/* A debugger comes to @target, which has stopped by @stop. */
void gdb_server_init(struct gdb_server *server, const struct gdb_target *target,
		     void *arg, const struct gdb_stop *stop);

/*
 * Take up to @len bytes.  How many were taken: none behind a packet whose reply
 * has not been sent, or cannot be given until the machine stops.
 */
size_t gdb_server_input(struct gdb_server *server, const uint8_t *bytes,
			size_t len);

/* The machine has stopped. */
void gdb_server_stopped(struct gdb_server *server, const struct gdb_stop *stop);

/* The machine is gone for good: the run ends with @code, or by a signal. */
void gdb_server_exited(struct gdb_server *server, unsigned code, bool killed);

#endif
