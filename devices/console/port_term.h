/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_term.h - a port that ends where the serial console does
 *
 * The guest has two consoles then, and one place that both lead to: a terminal,
 * a file, a socket.  What is typed goes to the port while the guest has it
 * open, and to the serial line otherwise.  What either prints is shown.
 *
 * Nothing waits for a reader here: Linux holds a lock while it waits for a
 * console.
 *
 * Threads: see port_end.h.  What is typed comes on the loop's thread, into a
 * ring under a lock.
 */
#ifndef DEVICES_CONSOLE_PORT_TERM_H
#define DEVICES_CONSOLE_PORT_TERM_H

#include <pthread.h>

#include "base/loop.h"
#include "devices/console/port_end.h"

struct chardev;

enum { PORT_TERM_ROOM = 4096 };

struct port_term {
	struct port_end end;
	struct chardev *chardev;
	struct loop *loop;
	/* Take the input, or leave it to others. */
	struct loop_work divert;
	/* Loop thread. */
	bool diverted;
	pthread_mutex_t lock;
	/* All below under the lock. */
	bool open;
	struct port_size size;
	uint8_t ring[PORT_TERM_ROOM];
	size_t head, count;
	void (*news)(void *arg);
	void *arg;
};

/* In front of @chardev, which outlives it, with calls on @loop. */
void port_term_init(struct port_term *term, struct chardev *chardev,
		    struct loop *loop);
void port_term_free(struct port_term *term);

/* The window has this size.  Main thread. */
void port_term_resize(struct port_term *term, struct port_size size);

#endif
