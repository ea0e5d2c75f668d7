/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_receive.c - datagrams that come for the guest's ports
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/epoll.h>

#include "base/count.h"
#include "base/util.h"
#include "devices/nat/udp_nat.h"

enum {
	/* How many datagrams of one socket, and how many sockets in one turn,
	 * before others are served. */
	SOCKET_BATCH = 16,
	SOURCE_BATCH = 64,
};

/* The sender of a datagram that came to @s, as the guest sees it.  False: the
 * guest must not get it. */
static bool find_sender(struct udp_nat *nat, const struct udp_socket *s,
			const union net_sockaddr *addr, struct net_end *from)
{
	if (s->kind != UDP_DNS) {
		*from = net_end_from(addr);
		return udp_nat_seen(nat, from);
	}
	*from = s->guest;
	udp_become_resolver(nat, from);
	return resolvers_answered(&nat->resolvers, addr);
}

static size_t write_echo(struct udp_nat *nat, const struct udp_socket *s,
			 const struct net_end *from, size_t len)
{
	bool v4 = s->guest.len == 4;
	size_t headers = ip_frame_headers(s->guest.len);

	if (len < ICMP_HEADER)
		return 0;
	/* The kernel has replaced the identifier; put the guest's back. */
	put_be16(nat->frame + headers + 4, s->guest.port);
	ip_frame_write(nat->frame, udp_nat_mac(nat, s->guest.len), s->guest_mac,
		       from, &s->guest, v4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6,
		       len);
	icmp_frame_sum(nat->frame, s->guest.len, len);
	return headers + len;
}

/* Receive one datagram.  False: there is none. */
static bool receive(struct udp_nat *nat, struct udp_socket *s, uint64_t now_ns)
{
	bool echo = s->kind == UDP_ECHO;
	size_t headers = echo ? ip_frame_headers(s->guest.len) :
				udp_frame_headers(s->guest.len);
	size_t room = s->guest.len == 4 ? ETHER_MAX : sizeof(nat->frame);
	union net_sockaddr addr = { 0 };
	socklen_t addr_len = sizeof(addr);
	ssize_t len = recvfrom(s->fd, nat->frame + headers, room - headers, 0,
			       &addr.any, &addr_len);
	struct net_end from;

	/* The call failed because of an error about an earlier datagram, which
	 * it has cleared: there may be more to read. */
	if (len < 0)
		return errno != EAGAIN;
	if (!find_sender(nat, s, &addr, &from))
		return true;
	udp_socket_use(nat, s, now_ns);
	len = (ssize_t)(echo ? write_echo(nat, s, &from, (size_t)len) :
			       udp_frame_write(nat->frame,
					       udp_nat_mac(nat, s->guest.len),
					       s->guest_mac, &from, &s->guest,
					       (size_t)len));
	if (!len)
		return true;
	count_add(&nat->received, 1);
	nat->deliver(nat->arg, nat->frame, (size_t)len);
	return true;
}

static void serve(struct udp_nat *nat, struct udp_socket *s, uint32_t events,
		  uint64_t now_ns)
{
	if ((events & EPOLLERR) && udp_read_errors(nat, s, now_ns))
		return;
	for (unsigned i = 0; i < SOCKET_BATCH && !nat->is_full(nat->arg); i++)
		if (!receive(nat, s, now_ns))
			return;
}

static bool is_port(const struct udp_nat *nat, const void *source)
{
	uintptr_t at = (uintptr_t)source, first = (uintptr_t)nat->ports;

	return at >= first && at < first + nat->n_ports * sizeof(*nat->ports);
}

/* Events are taken one at a time, as serving one socket may free another. */
void udp_nat_receive(struct udp_nat *nat, uint64_t now_ns)
{
	struct epoll_event event;

	for (unsigned i = 0; i < SOURCE_BATCH; i++) {
		if (nat->is_full(nat->arg) ||
		    epoll_wait(nat->fd, &event, 1, 0) <= 0)
			return;
		if (!is_port(nat, event.data.ptr)) {
			serve(nat, event.data.ptr, event.events, now_ns);
			continue;
		}
		for (unsigned k = 0; k < SOCKET_BATCH; k++)
			if (nat->is_full(nat->arg) ||
			    !udp_visitor_receive(nat, event.data.ptr, now_ns))
				break;
	}
}
