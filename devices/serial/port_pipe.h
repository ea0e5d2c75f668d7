/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_pipe.h - standard input for one program of the guest, by two I/O ports
 *
 * A serial line is no pipe: it has no end of file, and the terminal behind it
 * in the guest echoes, and edits lines.  So a job's input (firmware/job.h) that
 * is not a terminal takes a way of its own.  It is read a little ahead, no byte
 * is lost or changed, and who writes waits for who reads.
 *
 * Port @base gives a byte, 0 if there is none; @base + 1 says how many there
 * are, PORT_PIPE_ENDED once there will be no more.  Writes do nothing.
 *
 * Threads: the loop's, but for the ports, which any may read; one lock.
 * Trust: none is needed, the guest can only read.
 */
#ifndef DEVICES_SERIAL_PORT_PIPE_H
#define DEVICES_SERIAL_PORT_PIPE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/part.h"
#include "devices/serial/input.h"

/* So many bytes wait at most; the number fits into a byte. */
enum { PORT_PIPE_ROOM = 254, PORT_PIPE_ENDED = 255 };

struct port_pipe {
	struct input input;
	/* What is read; -1 when it is closed. */
	int fd;
	/* The descriptor is at its end.  Loop thread. */
	bool at_end;
	pthread_mutex_t lock;
	/* All below under the lock. */
	uint8_t fifo[PORT_PIPE_ROOM];
	unsigned head, count;
	/* Nothing will be added. */
	bool ended;
};

/* For what comes on standard input, which may be closed.  It belongs to the
 * host, and outlives machines. */
void port_pipe_open(struct port_pipe *pipe);

/* Begin to read.  Loop thread. */
void port_pipe_start(struct port_pipe *pipe, struct loop *loop);

/* Stop reading.  Fine if it was never started. */
void port_pipe_close(struct port_pipe *pipe);

/* Which one a machine has, and its first port; NULL: none. */
struct port_pipe_config {
	struct port_pipe *pipe;
	uint16_t base;
};

/* The two ports, for a struct port_pipe_config. */
extern const struct part port_pipe_part;

#endif
