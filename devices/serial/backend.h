/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backend.h - where a serial line ends on the host
 *
 * Each back end embeds a struct backend, which is all that chardev.c sees.
 */
#ifndef DEVICES_SERIAL_BACKEND_H
#define DEVICES_SERIAL_BACKEND_H

#include "base/sink.h"
#include "devices/serial/input.h"

struct backend;

struct backend_ops {
	/* Start to watch for input; loop thread.  NULL: there is none. */
	void (*start)(struct backend *backend, struct loop *loop);
	/* See chardev_close(). */
	int (*close)(struct backend *backend, unsigned patience_ms);
};

struct backend {
	const struct backend_ops *ops;
	/* Output; NULL: it is discarded.  Another one takes its place once
	 * chardev_to_stdout() is called.  Both are made before, so relaxed
	 * accesses will do. */
	struct sink *sink, *front;
	/* Its last byte, set by any thread.  Relaxed: it says nothing of other
	 * memory, and is read when no vCPU runs. */
	uint8_t last;
	struct input input;
};

/*
 * Open one; on success *@backend is it, and -errno otherwise, logged.
 * "--serial" in messages is the option that asked for it; for a file it is
 * @option, such as "--serial file:".
 */
int backend_open_stdio(struct backend **backend,
		       const struct chardev_user *user);
int backend_open_pty(struct backend **backend);
int backend_open_file(struct backend **backend, const char *option,
		      const char *path, const struct chardev_user *user);
int backend_open_unix(struct backend **backend, const char *path);

/* An own description of standard input, terminal or not, or itself where that
 * is not possible, or would start a file from the beginning; -1: it is closed.
 */
int backend_open_stdin(bool is_terminal);

/* Opens @path for writing, emptied, for a sink; @option is what it
 * follows in messages.  A descriptor, or -errno, logged. */
int backend_open_output(const char *option, const char *path);

#endif
