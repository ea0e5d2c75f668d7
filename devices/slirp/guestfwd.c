/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guestfwd.c - the host's Unix sockets as services of the guest's network
 *
 * libslirp connects to a service when the guest has acknowledged the answer to
 * its first segment.  It does so under the network's lock, and waits for as
 * long as the service's queue is full.  So libslirp gets the path of a socket
 * of ours, to which it can always connect at once (unix_stub).  Then dup3(2)
 * replaces its descriptor, under the same number, by a connection to the
 * service.
 *
 * While the service's queue is full, libslirp keeps the descriptor that it has.
 * That is filled with bytes, so libslirp can't write to it and keeps what the
 * guest sends, up to its window.  The service is tried again, first after a
 * hundredth of a second, and more and more seldom, at last once a second.  To
 * the guest that looks like a server that does not accept.  If there is no
 * service the connection is reset.
 */
#define _GNU_SOURCE
#include "devices/slirp/guestfwd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/count.h"
#include "devices/slirp/internal.h"

/* ---- A Unix socket without a file, with a path by which connect(2) finds it
 * in this process. ---- */

enum { STUB_BACKLOG = 4096 };

/* A short path to what @fd is, however long its real path. */
static void name_of(int fd, const char *below, char *path, size_t size)
{
	snprintf(path, size, "/proc/self/fd/%d%s", fd, below);
}

/* Bind and listen in the directory @dir, without leaving anything there. */
static int listen_in(struct unix_stub *stub, int dir)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int rc = 0;

	name_of(dir, "/s", un.sun_path, sizeof(un.sun_path));
	if (bind(stub->fd, (void *)&un, sizeof(un)) < 0)
		return -errno;
	if (listen(stub->fd, STUB_BACKLOG) < 0)
		rc = -errno;
	stub->file = openat(dir, "s", O_PATH | O_CLOEXEC);
	if (stub->file < 0)
		rc = -errno;
	unlinkat(dir, "s", 0);
	return rc;
}

static int open_below(struct unix_stub *stub, const char *dir)
{
	char path[256];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/minivmm-XXXXXX", dir);
	if (!mkdtemp(path))
		return -errno;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 ? -errno : listen_in(stub, fd);
	close_fd(&fd);
	rmdir(path);
	return rc;
}

void unix_stub_close(struct unix_stub *stub)
{
	close_fd(&stub->fd);
	close_fd(&stub->file);
}

int unix_stub_open(struct unix_stub *stub)
{
	const char *dirs[] = { getenv("TMPDIR"), "/tmp", "/dev/shm" };
	int rc = -ENOENT;

	*stub = (struct unix_stub){ .file = -1 };
	stub->fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (stub->fd < 0)
		return -errno;
	for (unsigned i = 0; i < ARRAY_SIZE(dirs) && rc < 0; i++)
		if (dirs[i])
			rc = open_below(stub, dirs[i]);
	if (rc < 0)
		unix_stub_close(stub);
	else
		name_of(stub->file, "", stub->path, sizeof(stub->path));
	return rc;
}

int unix_stub_accept(const struct unix_stub *stub)
{
	int last = -EAGAIN, fd;

	while ((fd = accept4(stub->fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (last >= 0)
			close(last);
		last = fd;
	}
	return errno == EAGAIN || last >= 0 ? last : -errno;
}

/* ---- Services. ---- */

#define RETRY_FIRST_NS (10 * NSEC_PER_MSEC)
#define RETRY_LAST_NS  NSEC_PER_SEC

static const struct net_service *service_of(const struct slirp_net *net,
					    const struct packet *p)
{
	for (size_t i = 0; i < net->config->n_services; i++) {
		const struct net_service *s = &net->config->services[i];

		if (s->port == get_be16(p->payload + 2) &&
		    memcmp(&s->addr, p->addrs + p->addr_len, sizeof(s->addr)) ==
			    0)
			return s;
	}
	return NULL;
}

int slirp_services_open(struct slirp_net *net)
{
	int rc = 0;

	net->services.stub = (struct unix_stub){ .fd = -1, .file = -1 };
	if (net->config->n_services)
		rc = unix_stub_open(&net->services.stub);
	return rc == 0 ? 0 :
			 log_fail(rc,
				  "guestfwd: no directory for a socket: %s: "
				  "set TMPDIR to one that can be written to",
				  strerror(-rc));
}

int slirp_services_add(struct slirp_shard *shard)
{
	const struct slirp_net *net = shard->net;

	for (size_t i = 0; i < net->config->n_services; i++) {
		const struct net_service *s = &net->config->services[i];
		struct in_addr addr = s->addr;

		if (slirp_add_unix(shard->slirp, net->services.stub.path, &addr,
				   s->port) < 0)
			return -EINVAL;
	}
	return 0;
}

/* Connect to @service without blocking.  Returns the descriptor or -errno. */
static int connect_to(const struct net_service *service)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd, rc = 0;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	strncpy(un.sun_path, service->path, sizeof(un.sun_path) - 1);
	if (connect(fd, (void *)&un, sizeof(un)) < 0)
		rc = -errno;
	if (rc < 0)
		close(fd);
	return rc < 0 ? rc : fd;
}

/* Make libslirp's descriptor a connection to the service. */
static int give(struct slirp_net *net, int fd, int peer, int to)
{
	struct pollfd pfd = { .fd = peer, .events = POLLRDHUP };
	int rc = 0;

	/* The guest may have ended its side meanwhile. */
	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLRDHUP))
		shutdown(to, SHUT_WR);
	slirp_watch_forget(net, fd);
	if (dup3(to, fd, O_CLOEXEC) < 0)
		rc = -errno;
	close(to);
	return rc;
}

/* Refuse the connection.  A socket that is closed while it has unread data
 * resets the connection. */
static void refuse(int fd, int peer)
{
	/* If there is no room for the byte, there is unread data already. */
	if (send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		errno = 0;
	close(peer);
}

/* Fill the socket until libslirp can write no more. */
static void stuff(int fd)
{
	const char junk[4096] = "";
	int least = 1;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least));
	while (send(fd, junk, sizeof(junk), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		;
}

/* Try to connect @fd, whose other end is @peer.  False: try again later. */
static bool try(struct slirp_net *net, const struct net_service *service,
		int fd, int peer)
{
	int rc = connect_to(service);

	if (rc == -EAGAIN)
		return false;
	if (rc >= 0)
		rc = give(net, fd, peer, rc);
	if (rc == 0) {
		close(peer);
		return true;
	}
	log_guest(&net->limit, "network: service %s: %s", service->path,
		  strerror(-rc));
	refuse(fd, peer);
	return true;
}

static void retry_in(struct slirp_net *net, uint64_t ns)
{
	net->services.retry_ns = ns;
	net->services.retry_at_ns = net->now_ns + ns;
}

/* While libslirp processes a TCP packet, every socket that it opens is a TCP
 * socket, except for a service. */
static bool is_for_service(const struct slirp_net *net, int fd)
{
	int domain = AF_UNSPEC;
	socklen_t len = sizeof(domain);

	return net->opening && net->config->n_services &&
	       getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_UNIX;
}

void slirp_service_connect(struct slirp_net *net, int fd)
{
	const struct net_service *service;
	int peer;

	if (!is_for_service(net, fd))
		return;
	service = service_of(net, net->opening);
	peer = unix_stub_accept(&net->services.stub);
	if (peer < 0 || !service) {
		shutdown(fd, SHUT_RDWR);
		close_fd(&peer);
		return;
	}
	if (try(net, service, fd, peer))
		return;
	if (net->services.n_waits == SLIRP_WAITS) {
		refuse(fd, peer);
		return;
	}
	stuff(fd);
	net->services.waits[net->services.n_waits++] =
		(struct slirp_wait){ fd, peer, service };
	retry_in(net, RETRY_FIRST_NS);
}

static void remove_at(struct slirp_net *net, unsigned i)
{
	net->services.n_waits--;
	memmove(&net->services.waits[i], &net->services.waits[i + 1],
		(net->services.n_waits - i) * sizeof(net->services.waits[0]));
}

void slirp_services_retry(struct slirp_net *net)
{
	unsigned was = net->services.n_waits, i = 0;

	if (!was || net->services.retry_at_ns > net->now_ns)
		return;
	/* The first that came is tried first. */
	while (i < net->services.n_waits) {
		struct slirp_wait *w = &net->services.waits[i];

		if (try(net, w->service, w->fd, w->peer))
			remove_at(net, i);
		else
			i++;
	}
	retry_in(net, net->services.n_waits < was ?
			      RETRY_FIRST_NS :
			      MIN(2 * net->services.retry_ns, RETRY_LAST_NS));
}

uint64_t slirp_services_deadline(const struct slirp_net *net)
{
	return net->services.n_waits ? net->services.retry_at_ns : UINT64_MAX;
}

void slirp_service_forget(struct slirp_net *net, int fd)
{
	for (unsigned i = net->services.n_waits; i-- > 0;) {
		if (net->services.waits[i].fd != fd)
			continue;
		close(net->services.waits[i].peer);
		remove_at(net, i);
	}
}

void slirp_services_close(struct slirp_net *net)
{
	while (net->services.n_waits)
		slirp_service_forget(net, net->services.waits[0].fd);
	unix_stub_close(&net->services.stub);
}
