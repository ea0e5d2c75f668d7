/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/net/forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "base/log.h"
#include "base/unix_listen.h"
#include "base/util.h"
#include "devices/net/port_holder.h"

enum {
	/* Connections that wait to be accepted; the kernel has its own
	 * limit. */
	FORWARD_BACKLOG = 4096,
	/* Descriptors for everything else, and for a few connections. */
	FORWARD_SPARE = 64,
};

static const char *unix_path(const struct forward *f)
{
	return ((const struct sockaddr_un *)(const void *)&f->host)->sun_path;
}

static unsigned host_port(const struct forward *f)
{
	/* IPv6 addresses have the port at the same offset. */
	return ntohs(
		((const struct sockaddr_in *)(const void *)&f->host)->sin_port);
}

void forward_pick_port(struct forward *forward)
{
	/* IPv6 addresses have the port at the same offset. */
	struct sockaddr_in *in = (void *)&forward->host;

	if (forward->host.ss_family == AF_UNIX)
		return;
	in->sin_port = 0;
	forward->picked = true;
}

const char *forward_host_text(const struct forward *forward,
			      char buf[FORWARD_TEXT])
{
	const struct sockaddr_in *in = (const void *)&forward->host;
	const struct sockaddr_in6 *in6 = (const void *)&forward->host;
	char addr[INET6_ADDRSTRLEN];

	switch (forward->host.ss_family) {
	case AF_UNIX:
		snprintf(buf, FORWARD_TEXT, "%s", unix_path(forward));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &in6->sin6_addr, addr, sizeof(addr));
		snprintf(buf, FORWARD_TEXT, "[%s]:%u", addr,
			 host_port(forward));
		break;
	default:
		inet_ntop(AF_INET, &in->sin_addr, addr, sizeof(addr));
		snprintf(buf, FORWARD_TEXT, "%s:%u", addr, host_port(forward));
	}
	return buf;
}

static int log_in_use(const struct forward *f, const char *text)
{
	bool is_file = f->host.ss_family == AF_UNIX;
	const char *remedy = is_file ? "choose another path" :
				       "choose another port, or 0 for a free "
				       "one";
	struct port_holder holder;

	if (!port_holder_find((const void *)&f->host, f->udp, &holder))
		return log_fail(-EADDRINUSE, "forward from %s: in use: %s: %s",
				text, strerror(EADDRINUSE), remedy);
	if (holder.pid == getpid())
		return log_fail(-EADDRINUSE,
				"forward from %s: it is asked for twice: %s",
				text, remedy);
	return log_fail(-EADDRINUSE,
			"forward from %s: in use by %s (pid %d): %s: %s", text,
			holder.name, (int)holder.pid, strerror(EADDRINUSE),
			remedy);
}

static int log_failure(const struct forward *f, int error)
{
	char text[FORWARD_TEXT];

	forward_host_text(f, text);
	if (error == EADDRINUSE)
		return log_in_use(f, text);
	if (error == EACCES && f->host.ss_family != AF_UNIX)
		return log_fail(-error,
				"forward from %s: %s: ports this low are for "
				"root: choose one from 1024 on",
				text, strerror(error));
	if (error == EADDRNOTAVAIL)
		return log_fail(-error,
				"forward from %s: %s: use an address of this "
				"host's, see ip addr",
				text, strerror(error));
	if (error == EEXIST)
		return log_fail(-error,
				"forward from %s: a file that is no socket is "
				"there: choose another path",
				text);
	if (error == ENAMETOOLONG)
		return log_fail(-error,
				"forward from %s: %s: choose a shorter "
				"path",
				text, strerror(error));
	if (error == EMFILE)
		return log_fail(-error,
				"forward from %s: %s: forward fewer ports or "
				"raise ulimit -n",
				text, strerror(error));
	return log_fail(-error, "forward from %s: %s: choose another address",
			text, strerror(error));
}

/* Bind and listen.  If the port was to be picked, store the one that was;
 * -errno. */
static int bind_and_listen(struct forward *f)
{
	socklen_t len = sizeof(f->host);
	int one = 1;

	if (f->host.ss_family == AF_INET6 &&
	    setsockopt(f->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
		return -errno;
	/* Allow a port to be used again right after a run.  A UDP port could be
	 * had by two at once with this, so it is left out. */
	if (!f->udp &&
	    setsockopt(f->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (bind(f->fd, (const void *)&f->host, f->host_len) < 0)
		return -errno;
	if (!f->udp && listen(f->fd, FORWARD_BACKLOG) < 0)
		return -errno;
	if (getsockname(f->fd, (void *)&f->host, &len) < 0)
		return -errno;
	return 0;
}

static int open_inet(struct forward *f)
{
	int type = f->udp ? SOCK_DGRAM : SOCK_STREAM;
	int err;

	f->fd = socket(f->host.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0);
	if (f->fd < 0)
		return -errno;
	err = bind_and_listen(f);
	/* Close it before looking for the process that has the port, which then
	 * can't be this one. */
	if (err)
		close_fd(&f->fd);
	return err;
}

static int open_unix(struct forward *f)
{
	int fd = unix_listen(unix_path(f), FORWARD_BACKLOG, &f->id);

	f->fd = MAX(fd, -1);
	return MIN(fd, 0);
}

static int open_one(struct forward *f)
{
	int err = f->host.ss_family == AF_UNIX ? open_unix(f) : open_inet(f);

	return err ? log_failure(f, -err) : 0;
}

/* Raise the limit of descriptors: libslirp has one for each socket, too. */
static int make_room(const struct forwards *forwards)
{
	size_t wanted = 2 * forwards->count + FORWARD_SPARE;
	unsigned long limit = fd_limit_raise();

	if (wanted <= limit)
		return 0;
	return log_fail(-EMFILE,
			"%zu forwards need %zu descriptors, and %lu are "
			"allowed: forward fewer ports or raise ulimit -Hn",
			forwards->count, wanted, limit);
}

int forwards_open(struct forwards *forwards)
{
	int err = forwards->count ? make_room(forwards) : 0;

	if (err < 0)
		return err;
	for (size_t i = 0; i < forwards->count; i++) {
		int rc = open_one(&forwards->list[i]);

		if (rc < 0)
			return rc;
	}
	return 0;
}

void forwards_free(struct forwards *forwards)
{
	if (!forwards)
		return;
	for (size_t i = 0; i < forwards->count; i++) {
		struct forward *f = &forwards->list[i];

		if (f->host.ss_family == AF_UNIX)
			file_id_unlink(&f->id, unix_path(f));
		close_fd(&f->fd);
	}
	free(forwards->list);
	*forwards = (struct forwards){ .list = NULL };
}
