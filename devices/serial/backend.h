/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backend.h - the host's end of a serial line, of one kind
 *
 * Each back end embeds a struct backend. chardev.c sees only that.
 */
#ifndef DEVICES_SERIAL_BACKEND_H
#define DEVICES_SERIAL_BACKEND_H

#include "base/sink.h"
#include "devices/serial/input.h"

struct backend;

struct backend_ops {
	/* Start to watch for input; loop thread.  NULL: this back end has no
	 * input. */
	void (*start)(struct backend *backend, struct loop *loop);
	/* See chardev_close(). */
	int (*close)(struct backend *backend, unsigned patience_ms);
};

struct backend {
	const struct backend_ops *ops;
	/* Where output goes; NULL: it is dropped.  chardev_to_stdout() replaces
	 * it by @front.  Both exist before that, so relaxed accesses
	 * suffice. */
	struct sink *sink, *front;
	/* The last byte of output, set by any thread.  Relaxed: it says nothing
	 * of other memory, and is read when no vCPU runs. */
	uint8_t last;
	struct input input;
};

/*
 * Open a back end: *@backend, or -errno, logged. "--serial" in messages is the
 * option that asked for it; for a file it is @option, such as "--serial file:".
 */
int backend_open_stdio(struct backend **backend,
		       const struct chardev_user *user);
int backend_open_pty(struct backend **backend);
int backend_open_file(struct backend **backend, const char *option,
		      const char *path, const struct chardev_user *user);
int backend_open_unix(struct backend **backend, const char *path);

/* A descriptor of our own for standard input, terminal or not.  Standard input
 * itself if that is not possible, or if it would read a file from the beginning
 * again; -1: standard input is closed. */
int backend_open_stdin(bool is_terminal);

#endif
