/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "gdb/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/unix_listen.h"
#include "base/util.h"
#include "devices/net/port_holder.h"

static const char unix_prefix[] = "unix:";
/* QEMU has it before a port: tcp::1234. */
static const char tcp_prefix[] = "tcp:";

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* The port that ends @where, and where it begins. */
static bool take_port(const char *where, const char **begins, uint16_t *port)
{
	const char *colon = strrchr(where, ':');
	const char *digits = colon ? colon + 1 : where;
	size_t len = strlen(digits);
	unsigned long value = strtoul(digits, NULL, 10);

	*begins = colon ? colon : where;
	*port = (uint16_t)value;
	return len && len <= 5 && strspn(digits, "0123456789") == len &&
	       value && value <= UINT16_MAX;
}

/* An address of the loopback interface in @host, of @len bytes. */
static bool take_host(const char *host, size_t len, uint16_t port,
		      union address *addr)
{
	char text[64];

	*addr = (union address){ .in = { .sin_family = AF_INET,
					 .sin_port = htons(port) } };
	if (len >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)len, host);
	if (strcmp(text, "[::1]") == 0) {
		*addr = (union address){ .in6 = { .sin6_family = AF_INET6,
						  .sin6_port = htons(port),
						  .sin6_addr =
							  in6addr_loopback } };
		return true;
	}
	if (!*text || strcmp(text, "localhost") == 0)
		strcpy(text, "127.0.0.1");
	return inet_pton(AF_INET, text, &addr->in.sin_addr) == 1 &&
	       ntohl(addr->in.sin_addr.s_addr) >> 24 == 127;
}

static const char *take_where(const char *where, union address *addr)
{
	const char *colon;
	uint16_t port;

	*addr = (union address){ .un = { .sun_family = AF_UNIX } };
	if (strstr(where, ",server"))
		return "leave out the comma and what follows: it always "
		       "listens, and waits only with --gdb-wait";
	if (strncmp(where, unix_prefix, strlen(unix_prefix)) == 0)
		return where[strlen(unix_prefix)] ? NULL : "no path";
	if (strncmp(where, tcp_prefix, strlen(tcp_prefix)) == 0)
		where += strlen(tcp_prefix);
	if (!take_port(where, &colon, &port))
		return "neither PORT nor ADDR:PORT nor unix:PATH";
	if (!take_host(where, (size_t)(colon - where), port, addr))
		return "not an address of this host's loopback interface, such "
		       "as 127.0.0.1: from elsewhere use ssh -L";
	return NULL;
}

const char *gdb_where_check(const char *where)
{
	union address addr;

	return take_where(where, &addr);
}

static int cannot_listen(const char *where, const struct sockaddr *addr,
			 int err)
{
	struct port_holder holder;

	if (err == -EADDRINUSE && port_holder_find(addr, false, &holder))
		return log_fail(err,
				"--gdb %s: %s (process %d, %s): choose another "
				"one",
				where, strerror(-err), (int)holder.pid,
				holder.name);
	return log_fail(err, "--gdb %s: %s: choose another one", where,
			strerror(-err));
}

static int listen_unix(struct gdb_connection *c, const char *where)
{
	const char *path = where + strlen(unix_prefix);
	union address addr = { .un = { .sun_family = AF_UNIX } };
	int fd = unix_listen_private(path, 1, &c->id);

	snprintf(addr.un.sun_path, sizeof(addr.un.sun_path), "%s", path);
	if (fd < 0)
		return cannot_listen(where, &addr.any, fd);
	c->path = strdup(path);
	if (c->path)
		return fd;
	close(fd);
	file_id_unlink(&c->id, path);
	return log_fail(-ENOMEM, "--gdb: %s", strerror(ENOMEM));
}

static int listen_port(const char *where, const union address *addr)
{
	socklen_t len = addr->any.sa_family == AF_INET6 ? sizeof(addr->in6) :
							  sizeof(addr->in);
	int fd = socket(addr->any.sa_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, err;

	if (fd < 0)
		return cannot_listen(where, &addr->any, -errno);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &addr->any, len) == 0 && listen(fd, 1) == 0)
		return fd;
	err = -errno;
	close(fd);
	return cannot_listen(where, &addr->any, err);
}

static void close_peer(struct gdb_connection *c)
{
	loop_remove(c->loop, &c->peer);
	close_fd(&c->peer.fd);
	c->greeted = c->served = false;
	c->in_len = 0;
}

/* What is to be sent goes out as far as it can.  False: it is gone. */
static bool flush(struct gdb_connection *c)
{
	struct gdb_output *out = &c->server.out;

	while (c->served && out->sent < out->len) {
		ssize_t n = send(c->peer.fd, out->bytes + out->sent,
				 out->len - out->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		out->sent += (size_t)n;
	}
	return true;
}

/* Who has left, or was told of the end, is done with; others are served as far
 * as they read. */
static void lose(struct gdb_connection *c)
{
	bool told = c->greeted && !(c->served && c->server.over);

	close_peer(c);
	if (told)
		c->left(c->arg);
}

/* Have the server take what has come.  False: it takes no more now. */
static bool take_input(struct gdb_connection *c)
{
	size_t n = gdb_server_input(&c->server, c->in, c->in_len);

	c->in_len -= n;
	memmove(c->in, c->in + n, c->in_len);
	return n;
}

static void go_on(struct gdb_connection *c)
{
	bool alive = flush(c);

	while (alive && c->served && c->in_len && take_input(c))
		alive = flush(c);
	if (!alive || (c->served && c->server.over &&
		       c->server.out.sent == c->server.out.len)) {
		lose(c);
		return;
	}
	c->peer.events = 0;
	if (c->served && c->server.out.sent < c->server.out.len)
		c->peer.events |= POLLOUT;
	/* With all of it full, or before it is served, it waits. */
	else if (c->in_len < sizeof(c->in) && (c->served || !c->greeted))
		c->peer.events |= POLLIN;
}

void gdb_connection_go_on(struct gdb_connection *connection)
{
	if (connection->peer.fd >= 0 && connection->peer.added)
		go_on(connection);
}

static bool begins_well(const struct gdb_connection *c)
{
	return c->in[0] == '+' || c->in[0] == '$' ||
	       c->in[0] == GDB_INTERRUPT_BYTE;
}

static void greet(struct gdb_connection *c)
{
	if (c->greeted || !c->in_len)
		return;
	if (!begins_well(c)) {
		log_warn("--gdb: the program that has connected is no "
			 "debugger: closed");
		close_peer(c);
		return;
	}
	c->greeted = true;
	c->came(c->arg);
}

static void peer_ready(void *arg, short revents)
{
	struct gdb_connection *c = arg;
	ssize_t n = -1;

	(void)revents;
	if (c->in_len < sizeof(c->in))
		n = recv(c->peer.fd, c->in + c->in_len,
			 sizeof(c->in) - c->in_len, 0);
	else
		errno = EAGAIN;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		lose(c);
		return;
	}
	c->in_len += n > 0 ? (size_t)n : 0;
	greet(c);
	gdb_connection_go_on(c);
}

static void listener_ready(void *arg, short revents)
{
	struct gdb_connection *c = arg;
	int fd = accept4(c->listener.fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	int one = 1;

	(void)revents;
	if (fd < 0)
		return;
	if (c->greeted) {
		log_warn("--gdb: a second debugger was turned away");
		close(fd);
		return;
	}
	/* One that has said nothing must not keep others away. */
	if (c->peer.fd >= 0)
		close_peer(c);
	/* Fails for a Unix socket, which does not wait. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->peer = (struct loop_fd){
		.fd = fd, .events = POLLIN, .ready = peer_ready, .arg = c
	};
	loop_add(c->loop, &c->peer);
}

int gdb_connection_open(struct gdb_connection *connection, const char *where)
{
	struct gdb_connection *c = connection;
	union address addr;
	const char *wrong = take_where(where, &addr);
	int fd;

	c->peer.fd = -1;
	if (wrong)
		return log_fail(-EINVAL, "--gdb %s: %s", where, wrong);
	if (strncmp(where, unix_prefix, strlen(unix_prefix)) == 0)
		fd = listen_unix(c, where);
	else
		fd = listen_port(where, &addr);
	if (fd < 0)
		return fd;
	c->listener = (struct loop_fd){
		.fd = fd, .events = POLLIN, .ready = listener_ready, .arg = c
	};
	loop_add(c->loop, &c->listener);
	return 0;
}

void gdb_connection_close(struct gdb_connection *connection)
{
	struct gdb_connection *c = connection;

	if (!c->listener.added)
		return;
	if (c->peer.fd >= 0) {
		flush(c);
		close_peer(c);
	}
	loop_remove(c->loop, &c->listener);
	close_fd(&c->listener.fd);
	if (c->path)
		file_id_unlink(&c->id, c->path);
	free(c->path);
	c->path = NULL;
}

void gdb_connection_serve(struct gdb_connection *connection,
			  const struct gdb_target *target, void *arg,
			  const struct gdb_stop *stop)
{
	struct gdb_connection *c = connection;

	if (c->peer.fd < 0 || !c->greeted || c->served)
		return;
	gdb_server_init(&c->server, target, arg, stop);
	c->served = true;
	go_on(c);
}
