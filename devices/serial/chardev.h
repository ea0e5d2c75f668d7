/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chardev.h - the host's end of a serial line
 *
 * stdio, a pseudo-terminal, a file, a Unix socket or nothing, and beside any
 * of them a log with host time stamps.  It outlives the UART: a reset makes
 * a new UART and attaches it here.
 */
#ifndef DEVICES_SERIAL_CHARDEV_H
#define DEVICES_SERIAL_CHARDEV_H

#include <stddef.h>
#include <stdint.h>

struct chardev;
struct loop;

/* What is attached: the receiving side of a UART.  Called on the loop's
 * thread. */
struct chardev_sink {
	/* How many bytes can be taken now. */
	size_t (*room)(void *arg);
	/* Take @len bytes, at most what room() said. */
	void (*receive)(void *arg, const uint8_t *buf, size_t len);
	/* The host side sends a BREAK. */
	void (*receive_break)(void *arg);
	void *arg;
};

/* What the person at the other end can ask for (Ctrl-A x); loop thread. */
struct chardev_user {
	void (*quit)(void *arg);
	void *arg;
};

/*
 * Open the back end @spec: "stdio", "pty", "file:PATH", "unix:PATH" or
 * "none", and @log_path (NULL: none).  The terminal is not touched before
 * chardev_start().  Logs; -errno.
 */
int chardev_open(struct chardev **chardev, const char *spec,
		 const char *log_path, const struct chardev_user *user);

/* Put the terminal into raw mode and start watching for input on @loop. */
int chardev_start(struct chardev *chardev, struct loop *loop);

/* Attach what receives input; NULL detaches.  Loop thread. */
void chardev_attach(struct chardev *chardev, const struct chardev_sink *sink);

/* The guest sent bytes.  Any thread; never blocks, whatever the reader. */
void chardev_write(struct chardev *chardev, const uint8_t *buf, size_t len);

/* The attached sink has room again.  Any thread; never blocks. */
void chardev_kick(struct chardev *chardev);

/*
 * Write out all that was sent, giving a reader that makes no progress for
 * @patience_ms up to say how many bytes it missed; restore the terminal;
 * free.  NULL is fine.
 */
void chardev_close(struct chardev *chardev, unsigned patience_ms);

#endif
