/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/slirp/listener.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "devices/slirp/internal.h"

/* Which descriptors libslirp has, and the one that it didn't have before. */
struct scan {
	struct fd_bits fds;
	int added;
};

static int scan_fd(int fd, int events, void *opaque)
{
	struct scan *scan = opaque;

	(void)events;
	if (!fd_bits_has(&scan->fds, fd))
		scan->added = fd;
	fd_bits_add(&scan->fds, fd);
	return -1;
}

static int scan_fds(struct slirp_shard *shard, struct scan *found)
{
	uint32_t timeout = UINT32_MAX;

	found->added = -1;
	slirp_pollfds_fill(shard->slirp, &timeout, scan_fd, found);
	slirp_shard_touch(shard);
	return found->added;
}

/* Any free port of the loopback, to be replaced at once. */
static socklen_t placeholder(bool v6, struct sockaddr_storage *addr)
{
	struct sockaddr_in *in = (void *)addr;
	struct sockaddr_in6 *in6 = (void *)addr;

	memset(addr, 0, sizeof(*addr));
	if (v6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = in6addr_loopback;
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sizeof(*in);
}

/* libslirp's number for the placeholder's socket, or -1. */
static int add_placeholder(struct slirp_shard *shard,
			   const struct sockaddr_storage *guest, socklen_t len)
{
	struct sockaddr_storage host;
	socklen_t host_len = placeholder(guest->ss_family == AF_INET6, &host);
	struct scan found = { .added = -1 };
	int fd = -1;

	scan_fds(shard, &found);
	if (slirp_add_hostxfwd(shard->slirp, (void *)&host, host_len,
			       (const void *)guest, len, 0) == 0)
		fd = scan_fds(shard, &found);
	fd_bits_free(&found.fds);
	return fd;
}

int slirp_listener_add(struct slirp_shard *shard, int fd,
		       const struct sockaddr_storage *guest, socklen_t len)
{
	int place = add_placeholder(shard, guest, len);

	return place < 0 ? -1 : dup3(fd, place, O_CLOEXEC);
}

void slirp_listener_remove(struct slirp_shard *shard,
			   const struct sockaddr_storage *host, socklen_t len)
{
	slirp_remove_hostxfwd(shard->slirp, (const void *)host, len, 0);
	slirp_shard_touch(shard);
}
