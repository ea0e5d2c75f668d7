/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_std.h - ports that end at standard input, output and error
 *
 * Input is the pipe of a job (devices/serial/port_pipe.h).  Output goes into a
 * sink, but no more than its reader keeps up with: the rest stays with the
 * guest.  When the reader has gone, the port is closed.
 *
 * Threads: init and free by the main thread; see port_end.h.
 */
#ifndef DEVICES_CONSOLE_PORT_STD_H
#define DEVICES_CONSOLE_PORT_STD_H

#include "devices/console/port_end.h"

struct port_pipe;
struct sink;

struct port_in {
	struct port_end end;
	struct port_pipe *pipe;
};

/* The end that reads from @pipe, which outlives it. */
void port_in_init(struct port_in *in, struct port_pipe *pipe);

struct port_out {
	struct port_end end;
	/* NULL: the descriptor is closed, and what is written thrown away. */
	struct sink *sink;
	/* Sees all that is written; NULL: nobody. */
	void (*output)(void *arg, const uint8_t *buf, size_t len);
	void *arg;
};

struct port_out_config {
	/* "standard output": in messages; and its descriptor, which stays the
	 * caller's and must stay open; it may be closed from the start. */
	const char *name;
	int fd;
	/* See struct sink_config. */
	uint64_t max;
	uint64_t *left_out;
	/* For struct port_out. */
	void (*output)(void *arg, const uint8_t *buf, size_t len);
	void *arg;
};

/* Logs; -errno, and then nothing is to be freed. */
int port_out_open(struct port_out *out, const struct port_out_config *config);

/* Begin to write; see sink_start(). */
int port_out_start(struct port_out *out);

/* Write out what is left, and free.  The same as sink_close(); fine if it is
 * all zero. */
int port_out_close(struct port_out *out, unsigned patience_ms);

#endif
