/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stdio.c - the serial line on standard input and output
 *
 * Both may be anything: the same terminal, pipes, or closed.  Both may be
 * shared with other processes, so their flags stay as they are.  Input is read
 * through a file description of our own, if we can get one, with O_NONBLOCK: so
 * this process does not wait if another reader has taken the byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "devices/serial/backend.h"
#include "devices/serial/escape.h"
#include "devices/serial/term.h"

/* How often to look whether a shell has put this process into the foreground,
 * of which no signal tells. */
#define STDIO_LOOK_NS NSEC_PER_SEC

/* How many bytes are read ahead from input that others may want to read after
 * us.  More is read from a terminal, as the escape key must work even if the
 * guest hangs. */
#define STDIO_AHEAD 256

struct stdio {
	struct backend backend;
	struct chardev_user user;
	struct loop *loop;
	/* A sink for standard error; NULL: not used. */
	struct sink *aside;
	/* The descriptor for input: our own or STDIN_FILENO. */
	int fd;
	bool is_terminal;
	struct term term;
	struct escape escape;
	struct loop_timer look;
};

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int backend_open_stdin(bool is_terminal)
{
	int flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC, fd = -1;
	struct stat st;

	if (!is_open(STDIN_FILENO))
		return -1;
	if (is_terminal)
		fd = open("/proc/self/fd/0", O_RDWR | flags);
	else if (fstat(STDIN_FILENO, &st) || !S_ISFIFO(st.st_mode))
		return STDIN_FILENO;
	if (fd < 0)
		fd = open("/proc/self/fd/0", O_RDONLY | flags);
	return fd < 0 ? STDIN_FILENO : fd;
}

/* Write to the terminal only, not into a possible log; and not at all if that
 * would have to wait. */
static void show_help(const struct stdio *stdio)
{
	struct pollfd pfd = { .fd = stdio->fd, .events = POLLOUT };
	char text[ESCAPE_TEXT];

	escape_help(stdio->escape.key, text);
	if (poll(&pfd, 1, 0) == 1 && write(stdio->fd, text, strlen(text)) < 0)
		return;
}

/* Tell somebody at the terminal how to quit. */
static void show_hint(const struct stdio *stdio)
{
	char name[ESCAPE_NAME];

	if (!stdio->escape.key || !isatty(STDERR_FILENO))
		return;
	escape_name(stdio->escape.key, name);
	log_show("%s x quits, %s h lists the other keys", name, name);
}

static size_t filter(void *arg, const uint8_t *buf, size_t len, uint16_t *out)
{
	struct stdio *stdio = arg;
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		switch (escape_feed(&stdio->escape, buf[i])) {
		case ESCAPE_PASS:
			out[n++] = buf[i];
			break;
		case ESCAPE_BREAK:
			out[n++] = INPUT_BREAK;
			break;
		case ESCAPE_HELP:
			show_help(stdio);
			break;
		case ESCAPE_QUIT:
			if (stdio->user.quit)
				stdio->user.quit(stdio->user.arg);
			break;
		case ESCAPE_NOTHING:
			break;
		}
	return n;
}

static bool may_read(void *arg)
{
	struct stdio *stdio = arg;
	bool mine = term_acquire(&stdio->term);

	if (!mine)
		loop_arm(stdio->loop, &stdio->look, now_ns() + STDIO_LOOK_NS);
	return mine;
}

static void look(void *arg)
{
	struct stdio *stdio = arg;

	if (may_read(stdio))
		input_resume(&stdio->backend.input);
}

static const struct input_ops terminal_ops = {
	.may_read = may_read,
	.filter = filter,
};

static const struct input_ops stream_ops = { 0 };

static void stdio_start(struct backend *backend, struct loop *loop)
{
	struct stdio *stdio = (struct stdio *)backend;

	stdio->loop = loop;
	term_ignore_job_control();
	if (stdio->fd < 0)
		return;
	if (stdio->is_terminal) {
		term_start(&stdio->term);
		backend->input.suspended = !may_read(stdio);
		if (!backend->input.suspended)
			show_hint(stdio);
	}
	input_watch(&backend->input, loop, stdio->fd);
}

/* Have messages that follow on the same terminal or file begin on a new
 * line. */
static void end_line(const struct backend *backend)
{
	uint8_t last = __atomic_load_n(&backend->last, __ATOMIC_RELAXED);

	if (last && last != '\n' && is_one_file(STDOUT_FILENO, STDERR_FILENO))
		log_end_line();
}

/* Returns the same as sink_close(). */
static int close_sinks(struct stdio *stdio, unsigned patience_ms)
{
	struct sink *out = stdio->user.to_stderr ? stdio->backend.front :
						   stdio->backend.sink;
	int err = sink_close(stdio->aside, patience_ms);
	int out_err = sink_close(out, patience_ms);

	return out_err ? out_err : err;
}

static int stdio_close(struct backend *backend, unsigned patience_ms)
{
	struct stdio *stdio = (struct stdio *)backend;
	int err;

	input_unwatch(&backend->input);
	if (stdio->loop)
		loop_disarm(stdio->loop, &stdio->look);
	if (stdio->is_terminal)
		term_stop(&stdio->term);
	err = close_sinks(stdio, patience_ms);
	end_line(backend);
	/* A user who stops the terminal's output does not want more of it. */
	if (isatty(STDOUT_FILENO))
		err = 0;
	if (stdio->fd != STDIN_FILENO)
		close_fd(&stdio->fd);
	free(stdio);
	return err;
}

static const struct backend_ops stdio_ops = {
	.start = stdio_start,
	.close = stdio_close,
};

static void init_input(struct stdio *stdio)
{
	bool is_terminal = isatty(STDIN_FILENO);

	stdio->fd = -1;
	if (!stdio->user.output_only)
		stdio->fd = backend_open_stdin(is_terminal);
	if (stdio->fd < 0 ||
	    (is_terminal && term_init(&stdio->term, stdio->fd)))
		is_terminal = false;
	stdio->is_terminal = is_terminal;
	input_init(&stdio->backend.input,
		   is_terminal ? INPUT_QUEUE : STDIO_AHEAD,
		   is_terminal ? &terminal_ops : &stream_ops, stdio);
}

/* Open the sink for @fd, unless @fd is closed. */
static int open_sink(struct sink **sink, const char *name, int fd,
		     const struct chardev_user *user)
{
	const struct sink_config config = {
		.name = name,
		.limit = SINK_LIMIT,
		.max = user ? user->max_output : 0,
		.tail = true,
		.left_out = user ? user->left_out : NULL,
	};
	int err;

	if (!is_open(fd))
		return 0;
	err = sink_open(sink, &config);
	if (err)
		return log_fail(err, "--serial stdio: no thread for output: %s",
				strerror(-err));
	sink_connect(*sink, fd);
	return 0;
}

static int open_sinks(struct stdio *stdio)
{
	int err = open_sink(&stdio->backend.sink, "standard output",
			    STDOUT_FILENO, &stdio->user);

	if (err || !stdio->user.to_stderr)
		return err;
	stdio->backend.front = stdio->backend.sink;
	stdio->backend.sink = NULL;
	err = open_sink(&stdio->aside, "standard error", STDERR_FILENO,
			&stdio->user);
	stdio->backend.sink = stdio->aside;
	if (err)
		sink_close(stdio->backend.front, 0);
	return err;
}

int backend_open_stdio(struct backend **backend,
		       const struct chardev_user *user)
{
	struct stdio *stdio = calloc(1, sizeof(*stdio));
	int err;

	if (!stdio)
		return log_fail(-ENOMEM, "--serial stdio: out of memory");
	if (user)
		stdio->user = *user;
	err = open_sinks(stdio);
	if (err) {
		free(stdio);
		return err;
	}
	stdio->backend.ops = &stdio_ops;
	stdio->escape.key = stdio->user.escape;
	stdio->look = (struct loop_timer){ .expired = look, .arg = stdio };
	init_input(stdio);
	*backend = &stdio->backend;
	return 0;
}
