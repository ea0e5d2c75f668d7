/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_socket.c - the sockets of the guest's ports.  If there are too many of a
 * kind, the one that was unused for longest is closed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/count.h"
#include "base/util.h"
#include "devices/nat/udp_nat.h"

/* How long an unused socket is kept: RFC 4787, 4.3 requires two minutes and
 * recommends five. */
static const uint64_t kept_ns[UDP_KINDS] = {
	[UDP_WORLD] = 300 * NSEC_PER_SEC,
	[UDP_DNS] = 30 * NSEC_PER_SEC,
	[UDP_ECHO] = 30 * NSEC_PER_SEC,
};

void udp_sockets_init(struct udp_nat *nat)
{
	for (unsigned i = 0; i < UDP_KINDS; i++)
		TAILQ_INIT(&nat->used[i]);
}

static struct udp_sockets *bucket(struct udp_nat *nat,
				  const struct net_end *guest)
{
	return &nat->sockets[net_end_hash(guest, 0) % UDP_BUCKETS];
}

static void free_socket(struct udp_nat *nat, struct udp_socket *s)
{
	TAILQ_REMOVE(&nat->used[s->kind], s, by_use);
	LIST_REMOVE(s, by_guest);
	nat->count[s->kind]--;
	close_fd(&s->fd);
	free(s);
}

static struct udp_socket *find_socket(struct udp_nat *nat, enum udp_kind kind,
				      sa_family_t family,
				      const struct net_end *guest)
{
	struct udp_socket *s;

	LIST_FOREACH (s, bucket(nat, guest), by_guest)
		if (s->kind == kind && s->family == family &&
		    net_end_is(&s->guest, guest))
			return s;
	return NULL;
}

static int open_fd(enum udp_kind kind, sa_family_t family)
{
	int echo = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			kind == UDP_ECHO ? echo : 0);
	int one = 1;

	if (fd < 0)
		return -errno;
	if (family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof(one));
	return fd;
}

/* Close the socket of this kind that was unused for longest. */
static bool evict(struct udp_nat *nat, enum udp_kind kind)
{
	struct udp_socket *s = TAILQ_FIRST(&nat->used[kind]);

	if (!s)
		return false;
	free_socket(nat, s);
	count_add(&nat->evicted, 1);
	return true;
}

/* Open a descriptor; if there are too many, close another of the same kind. */
static int get_fd(struct udp_nat *nat, enum udp_kind kind, sa_family_t family)
{
	int fd;

	if (nat->count[kind] >= nat->max[kind])
		evict(nat, kind);
	fd = open_fd(kind, family);
	if ((fd == -EMFILE || fd == -ENFILE) && evict(nat, kind))
		fd = open_fd(kind, family);
	return fd;
}

static struct udp_socket *new_socket(struct udp_nat *nat, enum udp_kind kind,
				     sa_family_t family,
				     const struct net_end *guest)
{
	struct udp_socket *s = malloc(sizeof(*s));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
	int fd = s ? get_fd(nat, kind, family) : -ENOMEM;

	if (fd >= 0 && epoll_ctl(nat->fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		close(fd);
		fd = -ENOMEM;
	}
	if (fd < 0) {
		free(s);
		errno = -fd;
		return NULL;
	}
	*s = (struct udp_socket){
		.kind = kind, .family = family, .guest = *guest, .fd = fd
	};
	nat->count[kind]++;
	TAILQ_INSERT_TAIL(&nat->used[kind], s, by_use);
	LIST_INSERT_HEAD(bucket(nat, guest), s, by_guest);
	return s;
}

struct udp_socket *udp_socket_get(struct udp_nat *nat, enum udp_kind kind,
				  sa_family_t family,
				  const struct net_end *guest,
				  const uint8_t *guest_mac, uint64_t now_ns)
{
	struct udp_socket *s = find_socket(nat, kind, family, guest);

	if (!s)
		s = new_socket(nat, kind, family, guest);
	if (!s)
		return NULL;
	memcpy(s->guest_mac, guest_mac, sizeof(s->guest_mac));
	udp_socket_use(nat, s, now_ns);
	return s;
}

void udp_socket_use(struct udp_nat *nat, struct udp_socket *s, uint64_t now_ns)
{
	s->used_ns = now_ns;
	TAILQ_REMOVE(&nat->used[s->kind], s, by_use);
	TAILQ_INSERT_TAIL(&nat->used[s->kind], s, by_use);
}

static void expire_kind(struct udp_nat *nat, enum udp_kind kind,
			uint64_t now_ns)
{
	struct udp_socket *s = TAILQ_FIRST(&nat->used[kind]), *next;

	for (; s && now_ns - s->used_ns >= kept_ns[kind]; s = next) {
		next = TAILQ_NEXT(s, by_use);
		free_socket(nat, s);
	}
}

void udp_sockets_expire(struct udp_nat *nat, uint64_t now_ns)
{
	for (unsigned i = 0; i < UDP_KINDS; i++)
		expire_kind(nat, i, now_ns);
}

uint64_t udp_sockets_deadline(const struct udp_nat *nat)
{
	uint64_t deadline = UINT64_MAX;

	for (unsigned i = 0; i < UDP_KINDS; i++) {
		const struct udp_socket *s = TAILQ_FIRST(&nat->used[i]);

		if (s)
			deadline = MIN(deadline, s->used_ns + kept_ns[i]);
	}
	return deadline;
}

int udp_send_to(int fd, const union net_sockaddr *to, const void *data,
		size_t len, int hops)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(hops))];
	} control = { .head = { .cmsg_len = CMSG_LEN(sizeof(hops)) } };
	bool v4 = to->any.sa_family == AF_INET;
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_name = (void *)(uintptr_t)to,
			      .msg_namelen = net_sockaddr_len(to),
			      .msg_iov = &iov,
			      .msg_iovlen = 1 };

	if (hops) {
		control.head.cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
		control.head.cmsg_type = v4 ? IP_TTL : IPV6_HOPLIMIT;
		memcpy(CMSG_DATA(&control.head), &hops, sizeof(hops));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.room);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}
