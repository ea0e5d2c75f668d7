/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/nat/host_route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/util.h"

struct question {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr to;
	uint8_t addr[16];
};

/* The part of an answer that is looked at. */
struct answer {
	struct nlmsghdr head;
	union {
		struct rtmsg route;
		struct nlmsgerr error;
	} body;
};

int host_route_open(struct host_route *route)
{
	route->seq = 0;
	route->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   NETLINK_ROUTE);
	return route->fd < 0 ? -errno : 0;
}

void host_route_close(struct host_route *route)
{
	close_fd(&route->fd);
}

/* The kernel has answered by the time this returns. */
static int ask(struct host_route *route, const void *addr, size_t len)
{
	struct question q = {
		.head = { .nlmsg_type = RTM_GETROUTE,
			  .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_seq = ++route->seq },
		.route = { .rtm_family = len == 4 ? AF_INET : AF_INET6,
			   .rtm_dst_len = (unsigned char)(len * 8) },
		.to = { .rta_len = (unsigned short)RTA_LENGTH(len),
			.rta_type = RTA_DST },
	};

	q.head.nlmsg_len =
		(uint32_t)(NLMSG_LENGTH(sizeof(q.route)) + RTA_LENGTH(len));
	memcpy(q.addr, addr, len);
	return send(route->fd, &q, q.head.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Skips older answers, which are still there if they came too late. */
static int read_answer(struct host_route *route, struct answer *answer)
{
	ssize_t len;

	do {
		len = recv(route->fd, answer, sizeof(*answer), 0);
		if (len < 0 && errno != EINTR)
			return -errno;
	} while (len < (ssize_t)NLMSG_LENGTH(sizeof(answer->body.route)) ||
		 answer->head.nlmsg_seq != route->seq);
	return 0;
}

bool host_route_is_local(struct host_route *route, const void *addr, size_t len)
{
	struct answer answer = { 0 };

	if (ask(route, addr, len) < 0 || read_answer(route, &answer) < 0)
		return true;
	/* There is no route, or the host doesn't have this address family. */
	if (answer.head.nlmsg_type == NLMSG_ERROR)
		return answer.body.error.error == -ENOMEM ||
		       answer.body.error.error == -ENOBUFS;
	switch (answer.body.route.rtm_type) {
	case RTN_LOCAL:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
	case RTN_MULTICAST:
		return true;
	default:
		return false;
	}
}
