/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pty.c - the serial line on a pseudo-terminal of its own
 *
 * This process keeps the slave side open, too.  So output waits in the queue
 * before anybody opens it, or between two readers.  Without that, poll(2) would
 * report a hang-up all the time while nobody has it open.
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

/* How often to look, at the end, whether everything was read. */
#define PTY_LOOK_MS 5

/* The terminal counts as empty only if it was found empty so often in a row:
 * for a moment, unread bytes are between two buffers of the kernel and not
 * counted. */
#define PTY_LOOKS 4

struct pty {
	struct backend backend;
	/* Both are only ours, so nobody shares their flags. */
	int master, slave;
};

static void pty_start(struct backend *backend, struct loop *loop)
{
	struct pty *pty = (struct pty *)backend;

	input_watch(&backend->input, loop, pty->master);
}

/* Whether another process has the slave side open.  If so, this process opens
 * it again, too. */
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

/* When the master side closes, output that a reader has not read is lost.  Give
 * it time to read that. */
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
	/* It is no error if nobody ever opened it. */
	return 0;
}

static const struct backend_ops pty_ops = {
	.start = pty_start,
	.close = pty_close,
};

static const struct input_ops pty_input_ops = { 0 };

/* Open both sides.  The slave does not echo or translate anything. */
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
	/* Keep output: it is no error if nobody has the slave open. */
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
