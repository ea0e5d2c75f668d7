/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file.c - a serial line whose output goes to a file; there is no input
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/output.h"
#include "devices/serial/backend.h"
#include "devices/serial/chardev.h"

struct file {
	struct backend backend;
	int fd;
};

static int file_close(struct backend *backend, unsigned patience_ms)
{
	struct file *file = (struct file *)backend;
	int err = sink_close_file(backend->sink, patience_ms, &file->fd,
				  "--serial file");

	free(file);
	return err;
}

static const struct backend_ops file_ops = { .close = file_close };

int backend_open_file(struct backend **backend, const char *option,
		      const char *path, const struct chardev_user *user)
{
	const struct sink_config config = {
		.name = path,
		.limit = SINK_LIMIT,
		.max = user ? user->max_output : 0,
		.tail = true,
		.left_out = user ? user->left_out : NULL,
	};
	struct file *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return log_fail(-ENOMEM, "%s%s: out of memory", option, path);
	file->backend.ops = &file_ops;
	input_init(&file->backend.input, 0, &input_none, NULL);
	/* O_NONBLOCK: to open a FIFO that nobody reads fails, and does not
	 * wait. */
	file->fd = output_open(option, path, O_NONBLOCK);
	err = MIN(file->fd, 0);
	if (!err) {
		err = sink_open(&file->backend.sink, &config);
		if (err)
			log_err("%s%s: no memory for output: %s", option, path,
				strerror(-err));
	}
	if (err) {
		file_close(&file->backend, 0);
		return err;
	}
	sink_connect(file->backend.sink, file->fd);
	*backend = &file->backend;
	return 0;
}
