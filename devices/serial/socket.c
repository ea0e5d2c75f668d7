/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket.c - the serial line on a listening Unix socket
 *
 * One client at a time; the next waits in the listen queue.  What the guest
 * sends while there is none is kept for the next, and what a client has sent
 * before it left still reaches the guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "devices/serial/backend.h"
#include "vmm/log.h"

/* Clients that may wait. */
#define SOCKET_BACKLOG 8

/* No condition of a stream socket: asks poll(2) for POLLHUP only. */
#define SOCKET_HANGUP POLLPRI

struct server {
	struct backend backend;
	struct loop *loop;
	struct sockaddr_un addr;
	/* The socket file we made; 0: none. */
	dev_t dev;
	ino_t ino;
	struct loop_fd listener;
	/* Its fd is the client's (-1: none); watched once the client has
	 * sent its last byte but still reads. */
	struct loop_fd client;
};

static void drop_client(struct server *server)
{
	input_unwatch(&server->backend.input);
	if (server->client.added)
		loop_remove(server->loop, &server->client);
	/* Ends a write in progress, which the sink then waits for. */
	shutdown(server->client.fd, SHUT_RDWR);
	sink_disconnect(server->backend.sink);
	close_fd(&server->client.fd);
	server->listener.events = POLLIN;
}

static void hung_up(void *arg, short revents)
{
	if (revents & (POLLHUP | POLLERR))
		drop_client(arg);
}

/* The client has sent its last byte; it may still read. */
static void client_ended(void *arg)
{
	struct server *server = arg;
	struct pollfd pfd = { .fd = server->client.fd };

	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & (POLLHUP | POLLERR)))
		drop_client(server);
	else
		loop_add(server->loop, &server->client);
}

static void client_arrives(void *arg, short revents)
{
	struct server *server = arg;
	int fd = accept4(server->listener.fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED))
		return;
	if (fd < 0) {
		/* It would fail again at once, for ever. */
		log_warn("%s: cannot accept: %s: no client can connect",
			 server->addr.sun_path, strerror(errno));
		server->listener.events = 0;
		return;
	}
	server->client.fd = fd;
	server->listener.events = 0;
	sink_connect(server->backend.sink, fd);
	input_watch(&server->backend.input, server->loop, fd);
}

static const struct input_ops client_ops = { .ended = client_ended };

static void server_start(struct backend *backend, struct loop *loop)
{
	struct server *server = (struct server *)backend;

	server->loop = loop;
	loop_add(loop, &server->listener);
}

/* Removes the socket file, unless the path has become something else. */
static void remove_path(const struct server *server)
{
	struct stat st;

	if (server->ino && !lstat(server->addr.sun_path, &st) &&
	    st.st_dev == server->dev && st.st_ino == server->ino)
		unlink(server->addr.sun_path);
}

static void server_close(struct backend *backend, unsigned patience_ms)
{
	struct server *server = (struct server *)backend;

	input_unwatch(&backend->input);
	if (server->client.added)
		loop_remove(server->loop, &server->client);
	if (server->listener.added)
		loop_remove(server->loop, &server->listener);
	remove_path(server);
	close_fd(&server->listener.fd);
	if (sink_close(backend->sink, patience_ms) == 0)
		close_fd(&server->client.fd);
	free(server);
}

static const struct backend_ops server_ops = {
	.start = server_start,
	.close = server_close,
};

/* Removes a socket file that nobody listens on; -EADDRINUSE for anything
 * else that exists. */
static int remove_stale(const struct sockaddr_un *addr)
{
	struct stat st;
	int fd, err = -EADDRINUSE;

	if (lstat(addr->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) &&
	    errno == ECONNREFUSED)
		err = unlink(addr->sun_path) ? -errno : 0;
	close(fd);
	return err;
}

static int listen_at(struct server *server)
{
	const struct sockaddr_un *addr = &server->addr;
	int fd, err = remove_stale(addr);
	struct stat st;

	if (err)
		return err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	server->listener.fd = fd;
	if (bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ||
	    lstat(addr->sun_path, &st))
		return -errno;
	server->dev = st.st_dev;
	server->ino = st.st_ino;
	return listen(fd, SOCKET_BACKLOG) ? -errno : 0;
}

static struct server *new_server(void)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->backend.ops = &server_ops;
	input_init(&server->backend.input, INPUT_QUEUE, &client_ops, server);
	server->listener = (struct loop_fd){
		.fd = -1,
		.events = POLLIN,
		.ready = client_arrives,
		.arg = server,
	};
	server->client = (struct loop_fd){
		.fd = -1,
		.events = SOCKET_HANGUP,
		.ready = hung_up,
		.arg = server,
	};
	server->addr.sun_family = AF_UNIX;
	return server;
}

int backend_open_unix(struct backend **backend, const char *path)
{
	const struct sink_config config = { path, SINK_LIMIT, true };
	struct server *server;
	int err;

	if (strlen(path) >= sizeof(server->addr.sun_path))
		return log_fail(-ENAMETOOLONG,
				"--serial unix:%s: too long for a socket's "
				"path: at most %zu bytes",
				path, sizeof(server->addr.sun_path) - 1);
	server = new_server();
	if (!server)
		return log_fail(-ENOMEM, "--serial unix: out of memory");
	memcpy(server->addr.sun_path, path, strlen(path) + 1);
	err = listen_at(server);
	if (!err)
		err = sink_open(&server->backend.sink, &config);
	if (err) {
		server_close(&server->backend, 0);
		return log_fail(err,
				"--serial unix:%s: cannot listen (%s): choose "
				"a path that is free, in a directory that can "
				"be written",
				path, strerror(-err));
	}
	*backend = &server->backend;
	return 0;
}
