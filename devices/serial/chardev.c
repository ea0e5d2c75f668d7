/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/chardev.h"

#include <errno.h>
#include <stdlib.h>

#include "devices/serial/backend.h"
#include "devices/serial/console_log.h"
#include "vmm/log.h"

struct chardev {
	/* NULL: "none". */
	struct backend *backend;
	/* NULL: no log. */
	struct console_log *log;
};

/* What follows @prefix in @spec; NULL when it does not begin so. */
static const char *after(const char *spec, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(spec, prefix, len) ? NULL : spec + len;
}

static int open_backend(struct backend **backend, const char *spec,
			const struct chardev_user *user)
{
	const char *path;

	if (!strcmp(spec, "none"))
		return 0;
	if (!strcmp(spec, "stdio"))
		return backend_open_stdio(backend, user);
	if (!strcmp(spec, "pty"))
		return backend_open_pty(backend);
	path = after(spec, "file:");
	if (path && *path)
		return backend_open_file(backend, path);
	path = after(spec, "unix:");
	if (path && *path)
		return backend_open_unix(backend, path);
	return log_fail(-EINVAL,
			"--serial %s: no such back end: use stdio, pty, "
			"file:PATH, unix:PATH or none",
			spec);
}

int chardev_open(struct chardev **chardev, const char *spec,
		 const char *log_path, const struct chardev_user *user)
{
	struct chardev *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return log_fail(-ENOMEM, "--serial %s: out of memory", spec);
	err = open_backend(&c->backend, spec, user);
	if (!err && log_path)
		err = console_log_open(&c->log, log_path);
	if (err)
		chardev_close(c, 0);
	else
		*chardev = c;
	return err;
}

void chardev_start(struct chardev *chardev, struct loop *loop)
{
	struct backend *backend = chardev->backend;

	if (backend && backend->ops->start)
		backend->ops->start(backend, loop);
}

void chardev_attach(struct chardev *chardev,
		    const struct chardev_receiver *receiver)
{
	if (chardev->backend)
		input_attach(&chardev->backend->input, receiver);
}

void chardev_write(struct chardev *chardev, const uint8_t *buf, size_t len)
{
	if (chardev->backend && chardev->backend->sink)
		sink_write(chardev->backend->sink, buf, len);
	console_log_write(chardev->log, buf, len);
}

void chardev_kick(struct chardev *chardev)
{
	if (chardev->backend)
		input_kick(&chardev->backend->input);
}

void chardev_close(struct chardev *chardev, unsigned patience_ms)
{
	if (!chardev)
		return;
	if (chardev->backend)
		chardev->backend->ops->close(chardev->backend, patience_ms);
	console_log_close(chardev->log, patience_ms);
	free(chardev);
}
