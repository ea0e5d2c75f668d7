/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/chardev.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "devices/serial/backend.h"
#include "devices/serial/console_log.h"

struct chardev {
	struct backend *backend;
	struct chardev_user user;
	/* NULL: no log. */
	struct console_log *log;
	/* chardev_write() was called since the last attach.  Atomic, relaxed:
	 * it says nothing of other memory, and what two vCPUs print at the
	 * same time has no order. */
	bool spoken;
	/* What is attached, if @has_receiver; its input goes elsewhere, if
	 * @diverted.  Loop thread. */
	bool has_receiver, diverted;
	struct chardev_receiver receiver;
};

/* The text after @prefix in @spec; NULL when @spec does not begin with it. */
static const char *after(const char *spec, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(spec, prefix, len) ? NULL : spec + len;
}

static int none_close(struct backend *backend, unsigned patience_ms)
{
	(void)patience_ms;
	free(backend);
	return 0;
}

/* A back end without anybody: only chardev_send() gives input. */
static int open_none(struct backend **backend)
{
	static const struct backend_ops none_ops = { .close = none_close };
	struct backend *none = calloc(1, sizeof(*none));

	if (!none)
		return log_fail(-ENOMEM, "--serial none: out of memory");
	none->ops = &none_ops;
	input_init(&none->input, 0, &input_none, NULL);
	*backend = none;
	return 0;
}

static int open_backend(struct backend **backend, const char *spec,
			const struct chardev_user *user)
{
	const char *path;

	if (!strcmp(spec, "none"))
		return open_none(backend);
	if (!strcmp(spec, "stdio"))
		return backend_open_stdio(backend, user);
	if (!strcmp(spec, "pty"))
		return backend_open_pty(backend);
	path = after(spec, "file:");
	if (path && *path)
		return backend_open_file(backend, "--serial file:", path, user);
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
	if (user)
		c->user = *user;
	err = open_backend(&c->backend, spec, user);
	if (!err && log_path)
		err = console_log_open(&c->log, log_path, &c->user);
	if (err)
		chardev_close(c, 0);
	else
		*chardev = c;
	return err;
}

int chardev_open_file(struct chardev **chardev, const char *option,
		      const char *path, const struct chardev_user *user)
{
	struct chardev *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return log_fail(-ENOMEM, "%s%s: out of memory", option, path);
	err = backend_open_file(&c->backend, option, path, user);
	if (err)
		chardev_close(c, 0);
	else
		*chardev = c;
	return err;
}

int chardev_start_output(struct chardev *chardev)
{
	int err;

	if (!chardev)
		return 0;
	err = sink_start(chardev->backend->sink);
	if (!err)
		err = sink_start(chardev->backend->front);
	return err ? err : console_log_start(chardev->log);
}

void chardev_start(struct chardev *chardev, struct loop *loop)
{
	struct backend *backend = chardev->backend;

	input_start(&backend->input, loop);
	if (backend->ops->start)
		backend->ops->start(backend, loop);
}

void chardev_attach(struct chardev *chardev,
		    const struct chardev_receiver *receiver)
{
	__atomic_store_n(&chardev->spoken, false, __ATOMIC_RELAXED);
	chardev->has_receiver = receiver;
	if (receiver)
		chardev->receiver = *receiver;
	if (!chardev->diverted)
		input_attach(&chardev->backend->input, receiver);
}

void chardev_divert(struct chardev *chardev,
		    const struct chardev_receiver *receiver)
{
	const struct chardev_receiver *attached =
		chardev->has_receiver ? &chardev->receiver : NULL;

	chardev->diverted = receiver;
	input_attach(&chardev->backend->input, receiver ? receiver : attached);
}

int chardev_send(struct chardev *chardev, const uint8_t *buf, size_t len)
{
	return input_send(&chardev->backend->input, buf, len);
}

int chardev_send_break(struct chardev *chardev)
{
	return input_send_break(&chardev->backend->input);
}

bool chardev_waiting(const struct chardev *chardev)
{
	return input_waiting(&chardev->backend->input);
}

static void put(struct chardev *chardev, const uint8_t *buf, size_t len)
{
	struct sink *sink =
		__atomic_load_n(&chardev->backend->sink, __ATOMIC_RELAXED);

	if (chardev->user.output)
		chardev->user.output(chardev->user.guest_arg, buf, len);
	if (len)
		__atomic_store_n(&chardev->backend->last, buf[len - 1],
				 __ATOMIC_RELAXED);
	if (sink)
		sink_write(sink, buf, len);
	console_log_write(chardev->log, buf, len);
}

void chardev_write(struct chardev *chardev, const uint8_t *buf, size_t len)
{
	__atomic_store_n(&chardev->spoken, true, __ATOMIC_RELAXED);
	put(chardev, buf, len);
}

void chardev_write_beside(struct chardev *chardev, const uint8_t *buf,
			  size_t len)
{
	put(chardev, buf, len);
}

void chardev_write_aside(struct chardev *chardev, const uint8_t *buf,
			 size_t len)
{
	if (!__atomic_load_n(&chardev->spoken, __ATOMIC_RELAXED))
		put(chardev, buf, len);
}

void chardev_to_stdout(struct chardev *chardev)
{
	struct backend *backend = chardev->backend;

	if (backend->front)
		__atomic_store_n(&backend->sink, backend->front,
				 __ATOMIC_RELAXED);
}

void chardev_opened(struct chardev *chardev)
{
	if (chardev->user.opened)
		chardev->user.opened(chardev->user.guest_arg);
}

void chardev_kick(struct chardev *chardev)
{
	input_kick(&chardev->backend->input);
}

int chardev_close(struct chardev *chardev, unsigned patience_ms)
{
	int err = 0, log_err;

	if (!chardev)
		return 0;
	if (chardev->backend) {
		input_free(&chardev->backend->input);
		err = chardev->backend->ops->close(chardev->backend,
						   patience_ms);
	}
	log_err = console_log_close(chardev->log, patience_ms);
	free(chardev);
	return err ? err : log_err;
}
