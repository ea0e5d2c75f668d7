/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/disk/nbd_server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/child.h"
#include "base/printable.h"
#include "base/util.h"
#include "devices/disk/disk_config.h"

/* How long after a signal the end of a process is waited for. */
enum { KILL_MS = 1000 };

/* It takes the socket as systemd(1) hands one on, sd_listen_fds(3): its
 * descriptor is 3, and the process that is meant is named. */
#define SCRIPT                                                                 \
	"LISTEN_PID=$$ LISTEN_FDS=1; export LISTEN_PID LISTEN_FDS; "           \
	"exec \"$@\" 3<&0 </dev/null"

/* Connect all of @sockets to @addr, where @listener listens: the kernel holds
 * connections that were not accepted yet. */
static int connect_all(int sockets[NBD_CONNECTIONS], int listener,
		       const struct sockaddr_un *addr)
{
	const struct sockaddr *to = (const void *)addr;

	if (bind(listener, to, sizeof(*addr)) < 0 ||
	    listen(listener, NBD_CONNECTIONS) < 0)
		return -errno;
	for (unsigned i = 0; i < NBD_CONNECTIONS; i++) {
		sockets[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (sockets[i] < 0 ||
		    connect(sockets[i], to, sizeof(*addr)) < 0)
			return -errno;
	}
	return 0;
}

static void close_all(int sockets[NBD_CONNECTIONS])
{
	for (unsigned i = 0; i < NBD_CONNECTIONS; i++)
		close_fd(&sockets[i]);
}

/* A name for the socket in @dir, as long as it takes to connect; there is
 * nothing left of it then. */
static int connect_in(int sockets[NBD_CONNECTIONS], int listener,
		      const char *dir)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char folder[sizeof(addr.sun_path) - sizeof("/nbd")];
	int err;

	if (snprintf(folder, sizeof(folder), "%s/minivmm-XXXXXX", dir) >=
	    (int)sizeof(folder))
		return -ENAMETOOLONG;
	if (!mkdtemp(folder))
		return -errno;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/nbd", folder);
	err = connect_all(sockets, listener, &addr);
	unlink(addr.sun_path);
	rmdir(folder);
	return err;
}

/* A listening socket to which @sockets are connected, or -errno. */
static int listen_for(int sockets[NBD_CONNECTIONS])
{
	const char *const dirs[] = { getenv("TMPDIR"), "/tmp", "/var/tmp" };
	int err = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		int fd;

		if (!dirs[i] || !*dirs[i])
			continue;
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			return -errno;
		err = connect_in(sockets, fd, dirs[i]);
		if (!err)
			return fd;
		close_all(sockets);
		close(fd);
	}
	return err;
}

/* A name that qemu doesn't take for a protocol's. */
static char *plain_path(const char *path)
{
	char *plain;

	return asprintf(&plain, "%s%s", *path == '/' ? "" : "./", path) < 0 ?
		       NULL :
		       plain;
}

static int run(struct nbd_server *server, const struct disk_config *c,
	       int listener, int errors, char *path)
{
	char sh[] = "sh", command[] = "-c", script[] = SCRIPT;
	char name[] = "qemu-nbd", end[] = "--";
	char discard[] = "--discard=unmap", access[16] = "--read-only";
	char format[32], shared[16], cache[24];
	char *argv[] = { sh,	command, script, sh,  name, format, shared,
			 cache, discard, access, end, path, NULL };
	const struct child_spec spec = {
		.path = "/bin/sh",
		.argv = argv,
		.env = environ,
		.stdio = { listener, errors, errors },
		/* It writes what it has, and ends. */
		.death_signal = SIGTERM,
	};

	snprintf(format, sizeof(format), "--format=%s", format_name(c->format));
	snprintf(shared, sizeof(shared), "--shared=%d", NBD_CONNECTIONS);
	snprintf(cache, sizeof(cache), "--cache=%s",
		 c->unsafe ? "unsafe" : "writeback");
	/* Its default, where nothing is to be said. */
	if (!c->read_only && !c->snapshot)
		snprintf(access, sizeof(access), "%s", "--aio=threads");
	return child_start(&server->pid, &server->pidfd, &spec);
}

/* It can say as much as a pipe holds: no more is kept, and it never waits. */
static int run_with_pipe(struct nbd_server *server,
			 const struct disk_config *config, int listener)
{
	char *path = plain_path(config->path);
	int ends[2], err;

	if (!path)
		return -ENOMEM;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		err = -errno;
		free(path);
		return err;
	}
	err = run(server, config, listener, ends[1], path);
	close(ends[1]);
	free(path);
	if (err)
		close(ends[0]);
	else
		server->messages = ends[0];
	return err;
}

bool nbd_server_exists(void)
{
	const char *dirs = getenv("PATH");
	char *path = dirs ? strdup(dirs) : NULL, *rest = path;
	char file[PATH_MAX], *dir;
	bool found = false;

	while (!found && rest && (dir = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/qemu-nbd", dir);
		found = access(file, X_OK) == 0;
	}
	free(path);
	return found;
}

int nbd_server_start(struct nbd_server *server,
		     const struct disk_config *config)
{
	int listener, err;

	*server = (struct nbd_server){ .pidfd = -1, .messages = -1 };
	memset(server->sockets, -1, sizeof(server->sockets));
	listener = listen_for(server->sockets);
	if (listener < 0)
		return listener;
	err = run_with_pipe(server, config, listener);
	close(listener);
	if (err)
		close_all(server->sockets);
	return err;
}

void nbd_server_message(const struct nbd_server *server, char *text,
			size_t size)
{
	static const char name[] = "qemu-nbd: ";
	char said[400];
	const char *line = said;
	ssize_t n = read(server->messages, said, sizeof(said) - 1);

	said[MAX(n, 0)] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (strncmp(line, name, strlen(name)) == 0)
		line += strlen(name);
	snprintf(text, size, "%s", line);
	printable_string(text);
}

bool nbd_server_has_ended(const struct nbd_server *server, int ms)
{
	struct pollfd ended = { .fd = server->pidfd, .events = POLLIN };

	return poll(&ended, 1, ms) == 1;
}

int nbd_server_end(struct nbd_server *server, int ms)
{
	const int signals[] = { SIGTERM, SIGKILL };
	int code = -ETIMEDOUT;

	close_all(server->sockets);
	for (unsigned i = 0; i < ARRAY_SIZE(signals); i++) {
		if (nbd_server_has_ended(server, ms))
			break;
		kill(server->pid, signals[i]);
		ms = KILL_MS;
	}
	/* One that the host's storage holds can't be ended. */
	if (nbd_server_has_ended(server, ms))
		code = child_reap(server->pid);
	close_fd(&server->pidfd);
	close_fd(&server->messages);
	return code;
}
