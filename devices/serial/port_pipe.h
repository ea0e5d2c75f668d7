/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_pipe.h - standard input for one program of the guest, by two I/O ports
 *
 * A serial line is no pipe: it has no end of file, and the terminal behind it
 * in the guest echoes, and edits lines.  So a job's input (initramfs/job.h)
 * that is not a terminal takes a way of its own.  It is read a little ahead, no
 * byte is lost or changed, and who writes waits for who reads.
 *
 * Port @base gives a byte, 0 if there is none; @base + 1 says how many there
 * are, PORT_PIPE_ENDED once there will be no more.  A write says that the job's
 * output comes by the console.
 *
 * A port of a virtio console (devices/console) may take the bytes in place of
 * the ports.
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

/* So many bytes wait at most, as far as the ports are concerned; the number
 * fits into a byte.  Who takes more at a time has room made for it. */
enum { PORT_PIPE_ROOM = 254, PORT_PIPE_ENDED = 255, PORT_PIPE_WIDE = 65536 };

struct port_pipe {
	struct input input;
	/* What is read; -1 when it is closed. */
	int fd;
	/* The descriptor is at its end.  Loop thread. */
	bool at_end;
	pthread_mutex_t lock;
	/* All below under the lock. */
	uint8_t fifo[PORT_PIPE_WIDE];
	/* How many bytes may wait in it. */
	unsigned room;
	unsigned head, count;
	/* Nothing will be added. */
	bool ended;
	/* See port_pipe_listen(). */
	void (*news)(void *arg);
	void *news_arg;
	/* More is to be read ahead. */
	struct loop_work widen;
	/* The guest has written to a port; any thread, NULL: nobody wants to
	 * know.  Set by the pipe's owner before it is used. */
	void (*written)(void *arg);
	void *arg;
};

/* For what comes on standard input, which may be closed.  It belongs to the
 * host, and outlives machines. */
void port_pipe_open(struct port_pipe *pipe);

/* Begin to read.  Loop thread. */
void port_pipe_start(struct port_pipe *pipe, struct loop *loop);

/* Stop reading.  Fine if it was never started. */
void port_pipe_close(struct port_pipe *pipe);

/* Have @news(@arg) called when bytes or the end have come; on the loop's
 * thread, which has the pipe's lock: it must not wait, and not call the pipe.
 * NULL: no more, and no call is under way when this returns.  Any thread. */
void port_pipe_listen(struct port_pipe *pipe, void (*news)(void *arg),
		      void *arg);

/* Have more read ahead from now on: somebody takes much.  Any thread, after
 * port_pipe_start(). */
void port_pipe_widen(struct port_pipe *pipe);

/* How many bytes wait.  Any thread. */
size_t port_pipe_waiting(struct port_pipe *pipe);

/* Take up to @len bytes; how many.  Any thread. */
size_t port_pipe_take(struct port_pipe *pipe, uint8_t *to, size_t len);

/* Whether nothing will be added to what waits.  Any thread. */
bool port_pipe_ended(struct port_pipe *pipe);

/* Which one a machine has, and its first port; NULL: none. */
struct port_pipe_config {
	struct port_pipe *pipe;
	uint16_t base;
};

/* The two ports, for a struct port_pipe_config. */
extern const struct part port_pipe_part;

#endif
