/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_pipe.h - standard input for one program of the guest, by two I/O ports
 *
 * A serial line is no pipe: it has no end of file, and the guest's terminal on
 * it echoes, and edits lines.  So if a job's input (initramfs/job.h) is not a
 * terminal, it takes this way.  It is read a little ahead, no byte is lost or
 * changed, and the writer waits for the reader.
 *
 * Port @base gives a byte, or 0 if there is none.  Port @base + 1 says how many
 * bytes there are, and PORT_PIPE_ENDED once there will be no more.  A write to
 * a port says that the job's output comes by the console.
 *
 * A port of a virtio console (devices/console) may take the bytes instead of
 * these ports.
 *
 * Threads: the loop's, except for the ports, which any thread may access; one
 * lock.  Trust: none is needed, as the guest can only read.
 */
#ifndef DEVICES_SERIAL_PORT_PIPE_H
#define DEVICES_SERIAL_PORT_PIPE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/part.h"
#include "devices/serial/input.h"

/* At most PORT_PIPE_ROOM bytes wait for the ports, a number that fits into a
 * byte.  A reader that takes more at a time gets more room. */
enum { PORT_PIPE_ROOM = 254, PORT_PIPE_ENDED = 255, PORT_PIPE_WIDE = 65536 };

struct port_pipe {
	struct input input;
	/* The descriptor that is read; -1 when it is closed. */
	int fd;
	/* The descriptor is at its end.  Loop thread. */
	bool at_end;
	pthread_mutex_t lock;
	/* All below under the lock. */
	uint8_t fifo[PORT_PIPE_WIDE];
	/* How many bytes may wait in @fifo. */
	unsigned room;
	unsigned head, count;
	/* Nothing more will be added. */
	bool ended;
	/* See port_pipe_listen(). */
	void (*news)(void *arg);
	void *news_arg;
	/* Posted to read further ahead. */
	struct loop_work widen;
	/* Called when the guest has written to a port; any thread.  NULL:
	 * nobody wants to know.  The pipe's owner sets it before the pipe is
	 * used. */
	void (*written)(void *arg);
	void *arg;
};

/* Open it for standard input, which may be closed.  The pipe belongs to the
 * host, and outlives machines. */
void port_pipe_open(struct port_pipe *pipe);

/* Begin to read.  Loop thread. */
void port_pipe_start(struct port_pipe *pipe, struct loop *loop);

/* Stop reading.  Fine if it was never started. */
void port_pipe_close(struct port_pipe *pipe);

/* Have @news(@arg) called when bytes or the end have come.  It is called on the
 * loop's thread, under the pipe's lock: it must not wait, and must not call the
 * pipe.  NULL: no more calls, and none is running when this returns.  Any
 * thread. */
void port_pipe_listen(struct port_pipe *pipe, void (*news)(void *arg),
		      void *arg);

/* Read further ahead from now on, because a reader takes much at a time.  Any
 * thread, after port_pipe_start(). */
void port_pipe_widen(struct port_pipe *pipe);

/* How many bytes wait.  Any thread. */
size_t port_pipe_waiting(struct port_pipe *pipe);

/* Take up to @len bytes; returns how many.  Any thread. */
size_t port_pipe_take(struct port_pipe *pipe, uint8_t *to, size_t len);

/* Whether nothing more will be added to what waits.  Any thread. */
bool port_pipe_ended(struct port_pipe *pipe);

/* The pipe that a machine has, and its first port; NULL: none. */
struct port_pipe_config {
	struct port_pipe *pipe;
	uint16_t base;
};

/* The two ports, made from a struct port_pipe_config. */
extern const struct part port_pipe_part;

#endif
