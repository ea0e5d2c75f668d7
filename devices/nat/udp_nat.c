/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/nat/udp_nat.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/count.h"
#include "base/util.h"
#include "devices/net/forward.h"
#include "devices/net/net_config.h"

/* How long one is kept that isn't used: RFC 4787, 4.3 wants two minutes, and
 * recommends five. */
static const uint64_t kept_ns[UDP_KINDS] = {
	[UDP_WORLD] = 300 * NSEC_PER_SEC,
	[UDP_DNS] = 30 * NSEC_PER_SEC,
	[UDP_ECHO] = 30 * NSEC_PER_SEC,
};

const uint8_t *udp_nat_mac(const struct udp_nat *nat, size_t addr_len)
{
	return nat->mac[addr_len == 4 ? 0 : 1];
}

/* ---- Sockets. ---- */

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

/* Those that were used last are worth the most. */
static bool evict(struct udp_nat *nat, enum udp_kind kind)
{
	struct udp_socket *s = TAILQ_FIRST(&nat->used[kind]);

	if (!s)
		return false;
	free_socket(nat, s);
	count_add(&nat->evicted, 1);
	return true;
}

/* A descriptor, if need be another's of the same kind. */
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

/* ---- As a whole. ---- */

int udp_nat_open(struct udp_nat *nat)
{
	/* libslirp's gateway has these, by which a guest knows it. */
	static const uint8_t mac4[2] = { 0x52, 0x55 };
	static const uint8_t mac6[3] = { 0x52, 0x56, 0 };

	memcpy(nat->mac[0], mac4, 2);
	memcpy(nat->mac[0] + 2, &nat->config->gateway, 4);
	memcpy(nat->mac[1], mac6, 3);
	memcpy(nat->mac[1] + 3, nat->config->gateway6.s6_addr + 13, 3);
	for (unsigned i = 0; i < UDP_KINDS; i++)
		TAILQ_INIT(&nat->used[i]);
	udp_visitors_init(nat);
	nat->n_ports = nat->config->forwards.count;
	nat->ports = calloc(nat->n_ports + 1, sizeof(*nat->ports));
	nat->fd = nat->ports ? epoll_create1(EPOLL_CLOEXEC) : -1;
	return nat->fd < 0 ? -errno : 0;
}

void udp_nat_clear(struct udp_nat *nat)
{
	udp_nat_expire(nat, UINT64_MAX);
}

void udp_nat_close(struct udp_nat *nat)
{
	/* It may never have been opened. */
	if (!nat->ports)
		return;
	udp_nat_clear(nat);
	free(nat->ports);
	close_fd(&nat->fd);
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

void udp_nat_expire(struct udp_nat *nat, uint64_t now_ns)
{
	for (unsigned i = 0; i < UDP_KINDS; i++)
		expire_kind(nat, i, now_ns);
	udp_visitors_expire(nat, now_ns);
}

uint64_t udp_nat_deadline(const struct udp_nat *nat)
{
	uint64_t deadline = udp_visitors_deadline(nat);

	for (unsigned i = 0; i < UDP_KINDS; i++) {
		const struct udp_socket *s = TAILQ_FIRST(&nat->used[i]);

		if (s)
			deadline = MIN(deadline, s->used_ns + kept_ns[i]);
	}
	return deadline;
}
