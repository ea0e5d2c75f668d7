/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ports.c - the command's input and output through ports of the virtio console
 *
 * The command has pipes, and for each pipe a child process carries the bytes to
 * or from the port.  A port itself will not do as /dev/stdout: it can be opened
 * only once, and a program that writes to a port which the host has closed
 * waits for ever, while a pipe would report an error.  A terminal is the
 * console port itself.
 */
#include <asm-generic/errno-base.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <asm/termios.h>
#include <fcntl.h>
#include <linux/time_types.h>
#include <signal.h>
#include <stdint.h>

#include "initramfs/init/sys.h"

#define PORTS "/sys/class/virtio-ports"

enum {
	/* Ports appear a moment after the driver: how often to look, a
	 * millisecond apart. */
	LOOKS = 5000,
	NAP_NS = 1000000,
	/* At the end, how long the host's reader may take nothing before it is
	 * given up. */
	PATIENCE_MS = 2000,
};

static char buf[32768];

static int equal(const char *a, const char *b)
{
	return begins(a, b) && length(a) == length(b);
}

/* Write @dir, @name and @end to @path, one behind the other. */
static void compose(char path[128], const char *dir, const char *name,
		    const char *end)
{
	const char *const parts[] = { dir, name, end };
	size_t at = 0;

	for (unsigned i = 0; i < 3; i++)
		for (const char *p = parts[i]; *p && at < 127; p++)
			path[at++] = *p;
	path[at] = 0;
}

/* Whether the port @entry, such as "vport0p1", is called @name. */
static int is_called(const char *entry, const char *name)
{
	char path[128], said[64];
	long fd, n;

	compose(path, PORTS "/", entry, "/name");
	fd = call(__NR_open, (long)path, O_RDONLY, 0, 0, 0);
	if (fd < 0)
		return 0;
	n = call(__NR_read, fd, (long)said, sizeof(said) - 1, 0, 0);
	call(__NR_close, fd, 0, 0, 0, 0);
	if (n <= 0)
		return 0;
	said[n - (said[n - 1] == '\n')] = 0;
	return equal(said, name);
}

/* The format of getdents64(2). */
struct entry {
	uint64_t ino, off;
	uint16_t len;
	uint8_t type;
	char name[];
};

/* Find the file of the port @name; 0: there is none. */
static int find(const char *name, char path[128])
{
	long dir =
		call(__NR_open, (long)PORTS, O_RDONLY | O_DIRECTORY, 0, 0, 0);
	int found = 0;
	long n;

	if (dir < 0)
		return 0;
	while (!found && (n = call(__NR_getdents64, dir, (long)buf, sizeof(buf),
				   0, 0)) > 0)
		for (long at = 0; at < n && !found;) {
			struct entry *e = (struct entry *)(void *)(buf + at);

			found = e->name[0] != '.' && is_called(e->name, name);
			if (found)
				compose(path, "/dev/", e->name, "");
			at += e->len;
		}
	call(__NR_close, dir, 0, 0, 0, 0);
	return found;
}

/* Open the port once it exists.  A port that has a name is open on the host's
 * side. */
static long open_port(const char *name)
{
	const struct __kernel_timespec nap = { 0, NAP_NS };
	char path[128];

	for (unsigned i = 0; i < LOOKS; i++) {
		if (find(name, path))
			return call(__NR_open, (long)path, O_RDWR | O_NONBLOCK,
				    0, 0, 0);
		call(__NR_nanosleep, (long)&nap, 0, 0, 0, 0);
	}
	return -ENOENT;
}

static long wait_for(struct pollfd *fds, unsigned n, int timeout_ms)
{
	return call(__NR_poll, (long)fds, n, timeout_ms, 0, 0);
}

/* Writes @n bytes to @to, which may be slow; 0: nobody takes them.  Once @quit
 * has said that the job has ended, which is then in *@ended, it waits no longer
 * than PATIENCE_MS at a time. */
static int put(long to, long n, long quit, int *ended)
{
	for (long done = 0; done < n;) {
		struct pollfd fds[] = { { (int)to, POLLOUT, 0 },
					{ *ended ? -1 : (int)quit, POLLIN,
					  0 } };
		long written =
			call(__NR_write, to, (long)buf + done, n - done, 0, 0);

		if (written > 0) {
			done += written;
			continue;
		}
		if (written != -EAGAIN ||
		    wait_for(fds, 2, *ended ? PATIENCE_MS : -1) <= 0 ||
		    fds[0].revents & POLLHUP)
			return 0;
		*ended |= fds[1].revents;
	}
	return 1;
}

/* In a child: carry bytes from the port to the pipe.  The end may be read just
 * before the last bytes arrive, so the child ends only when it has read the end
 * twice. */
static _Noreturn void carry_in(long port, long pipe)
{
	unsigned ends = 0;
	int never = 0;

	while (ends < 2) {
		struct pollfd fd = { (int)port, POLLIN, 0 };
		long n = call(__NR_read, port, (long)buf, sizeof(buf), 0, 0);

		ends = n == 0 ? ends + 1 : 0;
		if (n > 0 && !put(pipe, n, -1, &never))
			break;
		if (n == -EAGAIN)
			wait_for(&fd, 1, -1);
		else if (n < 0)
			break;
	}
	end_process(0);
}

/* What the pipe had when the job ended.  Others may still write to it, without
 * an end, so it is counted. */
static void carry_rest(long port, long pipe)
{
	int left = 0, ended = 1;

	call(__NR_ioctl, pipe, FIONREAD, (long)&left, 0, 0);
	while (left > 0) {
		struct pollfd fd = { (int)pipe, POLLIN, 0 };
		long n = left < (int)sizeof(buf) ? left : (long)sizeof(buf);

		if (wait_for(&fd, 1, 0) <= 0)
			return;
		n = call(__NR_read, pipe, (long)buf, n, 0, 0);
		if (n <= 0 || !put(port, n, -1, &ended))
			return;
		left -= (int)n;
	}
}

/* In a child: from the pipe to the port, until the port is closed on the host,
 * or @quit says that the job has ended. */
static _Noreturn void carry_out(long port, long pipe, long quit)
{
	int ended = 0;

	while (!ended) {
		struct pollfd fds[] = { { (int)pipe, POLLIN, 0 },
					{ (int)port, 0, 0 },
					{ (int)quit, POLLIN, 0 } };
		long n;

		wait_for(fds, 3, -1);
		if (fds[1].revents & POLLHUP)
			end_process(0);
		ended = fds[2].revents;
		if (ended || !fds[0].revents)
			continue;
		n = call(__NR_read, pipe, (long)buf, sizeof(buf), 0, 0);
		if (n <= 0 || !put(port, n, quit, &ended))
			end_process(0);
	}
	carry_rest(port, pipe);
	end_process(0);
}

static void close(long fd)
{
	call(__NR_close, fd, 0, 0, 0, 0);
}

static void replace(long fd, long with)
{
	call(__NR_dup2, with, fd, 0, 0, 0);
	close(with);
}

/* Make a stream of the command: a pipe, and a child that carries its bytes to
 * or from the port.  -errno. */
static long open_stream(struct ports *ports, unsigned i, const char *name)
{
	long port = open_port(name);
	int ends[2];

	if (port < 0 || call(__NR_pipe2, (long)ends, 0, 0, 0, 0) < 0)
		return -ENOENT;
	ports->child[i] = call(__NR_clone, SIGCHLD, 0, 0, 0, 0);
	if (ports->child[i] == 0) {
		close(ends[i == 0 ? 0 : 1]);
		close(ports->quit[1]);
		if (i == 0)
			carry_in(port, ends[1]);
		carry_out(port, ends[0], ports->quit[0]);
	}
	close(port);
	close(ends[i == 0 ? 1 : 0]);
	return ends[i == 0 ? 0 : 1];
}

static void open_terminal(const struct job_settings *settings)
{
	const struct winsize size = { settings->rows, settings->cols, 0, 0 };
	long port = open_port("minivmm.tty"), fd;

	/* The port belongs to the console, so it exists but cannot be opened as
	 * a port. */
	if (port == -ENOENT)
		return;
	fd = call(__NR_open, (long)"/dev/hvc0", O_RDWR, 0, 0, 0);
	if (fd < 0)
		return;
	if (settings->rows && settings->cols)
		call(__NR_ioctl, fd, TIOCSWINSZ, (long)&size, 0, 0);
	for (long i = 0; i < 3; i++)
		call(__NR_dup2, fd, i, 0, 0, 0);
	close(fd);
}

/* Without a driver no port will ever appear. */
static int has_driver(void)
{
	long fd =
		call(__NR_open, (long)"/sys/bus/virtio/drivers/virtio_console",
		     O_RDONLY | O_DIRECTORY, 0, 0, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int open_ports(struct ports *ports, const struct job_settings *settings)
{
	static const char *const names[] = { "minivmm.stdin", "minivmm.stdout",
					     "minivmm.stderr" };
	long fd[3] = { -1, -1, -1 };

	if (!settings->ports || !has_driver() ||
	    call(__NR_pipe2, (long)ports->quit, O_CLOEXEC, 0, 0, 0) < 0)
		return 0;
	if (settings->ports & JOB_TTY)
		open_terminal(settings);
	for (unsigned i = 0; i < 3; i++)
		if (settings->ports & JOB_STDIN << i)
			fd[i] = open_stream(ports, i, names[i]);
	for (unsigned i = 0; i < 3; i++)
		if (fd[i] >= 0)
			replace(i, fd[i]);
	return 1;
}

void close_ports(struct ports *ports)
{
	close(ports->quit[1]);
	for (unsigned i = 1; i < 3; i++)
		if (ports->child[i] > 0)
			call(__NR_wait4, ports->child[i], 0, 0, 0, 0);
}
