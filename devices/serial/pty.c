/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pty.c - the serial line on a pseudo-terminal of its own
 *
 * We keep its slave side open ourselves: with that, output before anybody
 * opens it, or between two who do, waits in the queue, and nobody being
 * there raises no events to spin on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/log.h"
#include "devices/serial/backend.h"

/* How often to look, at the end, whether all has been read. */
#define PTY_LOOK_MS 5

/* Found empty so often in a row, it is empty: between the two buffers of
 * the kernel's terminal what is unread is not counted for a moment. */
#define PTY_LOOKS 4

struct pty {
	struct backend backend;
	/* Both our own: nobody shares their flags. */
	int master, slave;
};

static void pty_start(struct backend *backend, struct loop *loop)
{
	struct pty *pty = (struct pty *)backend;

	input_watch(&backend->input, loop, pty->master);
}

/* Whether anybody else has the slave side open; if so, so have we again. */
static bool has_reader(struct pty *pty)
{
	struct pollfd pfd = { .fd = pty->master };

	close_fd(&pty->slave);
	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLHUP))
		return false;
	pty->slave =
		ioctl(pty->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return pty->slave >= 0;
}

static int unread(const struct pty *pty)
{
	int n = 0;

	return ioctl(pty->slave, FIONREAD, &n) ? 0 : n;
}

/* What a reader has not fetched when the master side closes is lost to it;
 * give it time to. */
static void await_reader(const struct pty *pty, unsigned patience_ms)
{
	unsigned waited = 0, empty = 0;
	int last = unread(pty);

	while (empty < PTY_LOOKS && waited < patience_ms) {
		int n;

		poll(NULL, 0, PTY_LOOK_MS);
		n = unread(pty);
		empty = n ? 0 : empty + 1;
		waited = n == last && n ? waited + PTY_LOOK_MS : 0;
		last = n;
	}
	if (last)
		log_warn("serial console: the reader took nothing for %u ms: "
			 "it missed %d bytes",
			 patience_ms, last);
}

static int pty_close(struct backend *backend, unsigned patience_ms)
{
	struct pty *pty = (struct pty *)backend;
	bool reader = pty->slave >= 0 && has_reader(pty);

	input_unwatch(&backend->input);
	if (sink_close(backend->sink, patience_ms) != -ETIMEDOUT) {
		if (reader)
			await_reader(pty, patience_ms);
		close_fd(&pty->master);
		close_fd(&pty->slave);
	}
	free(pty);
	/* Nobody need ever have come. */
	return 0;
}

static const struct backend_ops pty_ops = {
	.start = pty_start,
	.close = pty_close,
};

static const struct input_ops pty_input_ops = { 0 };

/* Opens both sides; the slave echoes and translates nothing. */
static int open_pair(struct pty *pty, char *name, size_t size)
{
	struct termios raw;

	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (pty->master < 0 || grantpt(pty->master) || unlockpt(pty->master) ||
	    ptsname_r(pty->master, name, size))
		return -errno;
	pty->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->slave < 0 || tcgetattr(pty->slave, &raw))
		return -errno;
	cfmakeraw(&raw);
	return tcsetattr(pty->slave, TCSANOW, &raw) ? -errno : 0;
}

int backend_open_pty(struct backend **backend)
{
	/* Kept: nobody having it open is not an error. */
	const struct sink_config config = { .name = "serial console",
					    .limit = SINK_LIMIT,
					    .keep = true };
	struct pty *pty = calloc(1, sizeof(*pty));
	char name[64];
	int err;

	if (!pty)
		return log_fail(-ENOMEM, "--serial pty: out of memory");
	pty->master = pty->slave = -1;
	pty->backend.ops = &pty_ops;
	input_init(&pty->backend.input, INPUT_QUEUE, &pty_input_ops, pty);
	err = open_pair(pty, name, sizeof(name));
	if (!err)
		err = sink_open(&pty->backend.sink, &config);
	if (err) {
		pty_close(&pty->backend, 0);
		return log_fail(err,
				"--serial pty: cannot set up a pseudo-terminal "
				"(%s): is /dev/pts mounted?",
				strerror(-err));
	}
	sink_connect(pty->backend.sink, pty->master);
	log_warn("serial console: %s", name);
	*backend = &pty->backend;
	return 0;
}
