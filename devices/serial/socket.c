/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * socket.c - the serial line on a listening Unix socket
 *
 * One client is served at a time; the next one waits in the listen queue.
 * Output of the guest while there is no client is kept for the next one.  What
 * a client has sent before it left still reaches the guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/unix_listen.h"
#include "devices/serial/backend.h"

/* How many clients may wait. */
#define SOCKET_BACKLOG 8

/* Never happens on a stream socket: to poll(2) for POLLHUP only. */
#define SOCKET_HANGUP POLLPRI

struct server {
	struct backend backend;
	struct loop *loop;
	char *path;
	/* The socket's file, which we made. */
	struct file_id id;
	struct loop_fd listener;
	/* Its fd is the client's (-1: none).  It is watched if the client has
	 * sent its last byte but still reads. */
	struct loop_fd client;
};

static void drop_client(struct server *server)
{
	input_unwatch(&server->backend.input);
	if (server->client.added)
		loop_remove(server->loop, &server->client);
	/* This ends a write in progress, for which the sink then waits. */
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

/* The client will send no more bytes, but may still read. */
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
		/* Trying again would fail again at once, for ever. */
		log_warn("%s: cannot accept: %s: no client can connect",
			 server->path, strerror(errno));
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

static int server_close(struct backend *backend, unsigned patience_ms)
{
	struct server *server = (struct server *)backend;

	input_unwatch(&backend->input);
	if (server->client.added)
		loop_remove(server->loop, &server->client);
	if (server->listener.added)
		loop_remove(server->loop, &server->listener);
	file_id_unlink(&server->id, server->path);
	close_fd(&server->listener.fd);
	if (sink_close(backend->sink, patience_ms) != -ETIMEDOUT)
		close_fd(&server->client.fd);
	free(server->path);
	free(server);
	/* It is no error if no client ever came. */
	return 0;
}

static const struct backend_ops server_ops = {
	.start = server_start,
	.close = server_close,
};

static struct server *new_server(const char *path)
{
	struct server *server = calloc(1, sizeof(*server));
	char *copy = strdup(path);

	if (!server || !copy) {
		free(server);
		free(copy);
		return NULL;
	}
	server->path = copy;
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
	return server;
}

int backend_open_unix(struct backend **backend, const char *path)
{
	const struct sink_config config = { .name = path,
					    .limit = SINK_LIMIT,
					    .keep = true };
	struct server *server = new_server(path);
	int fd, err;

	if (!server)
		return log_fail(-ENOMEM, "--serial unix: out of memory");
	fd = unix_listen(path, SOCKET_BACKLOG, &server->id);
	server->listener.fd = fd;
	err = fd < 0 ? fd : sink_open(&server->backend.sink, &config);
	if (err) {
		server_close(&server->backend, 0);
		return log_fail(err,
				"--serial unix:%s: cannot listen (%s): choose "
				"a path that is free and short, in a directory "
				"that can be written",
				path, strerror(-err));
	}
	*backend = &server->backend;
	return 0;
}
