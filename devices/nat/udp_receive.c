/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_receive.c - what comes for the guest's ports, and what became of what
 * it has sent
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <time.h>

/* Needs struct timespec. */
#include <linux/errqueue.h>

#include "base/count.h"
#include "base/util.h"
#include "devices/nat/udp_nat.h"
#include "devices/net/net_config.h"

enum {
	/* Of a socket before others have their turn, and in one turn. */
	SOCKET_BATCH = 16,
	SOURCE_BATCH = 64,
	ERROR_BATCH = 16,
	/* Who is told of an error gets so much of a query back, which then can
	 * be the whole. */
	QUERY_MAX = 500,
};

/* One of IPv4 or IPv6 that nothing but a host has for itself. */
static bool is_loopback(const struct net_end *end)
{
	static const uint8_t zeros[10];

	if (end->len == 4)
		return end->addr[0] == 127 || end->addr[0] == 0;
	return memcmp(end->addr, zeros, sizeof(zeros)) == 0;
}

static void become_gateway(const struct udp_nat *nat, struct net_end *end)
{
	const struct net_config *c = nat->config;

	memcpy(end->addr,
	       end->len == 4 ? (const void *)&c->gateway : &c->gateway6,
	       end->len);
}

static void become_resolver(const struct udp_nat *nat, struct net_end *end)
{
	const struct net_config *c = nat->config;

	memcpy(end->addr, end->len == 4 ? (const void *)&c->dns : &c->dns6,
	       end->len);
	end->port = RESOLVER_PORT;
}

bool udp_nat_seen(const struct udp_nat *nat, struct net_end *from)
{
	if (from->len == 16 && from->addr[0] == 0xfe &&
	    (from->addr[1] & 0xc0) == 0x80)
		return false;
	if (!is_loopback(from))
		return true;
	become_gateway(nat, from);
	return nat->config->host;
}

/* Whom @s has it from, as the guest sees him; false: it is not to hear it. */
static bool find_sender(struct udp_nat *nat, const struct udp_socket *s,
			const union net_sockaddr *addr, struct net_end *from)
{
	if (s->kind != UDP_DNS) {
		*from = net_end_from(addr);
		return udp_nat_seen(nat, from);
	}
	*from = s->guest;
	become_resolver(nat, from);
	return resolvers_answered(&nat->resolvers, addr);
}

static size_t write_echo(struct udp_nat *nat, const struct udp_socket *s,
			 const struct net_end *from, size_t len)
{
	bool v4 = s->guest.len == 4;
	size_t headers = ip_frame_headers(s->guest.len);

	if (len < ICMP_HEADER)
		return 0;
	/* To the kernel it had another. */
	put_be16(nat->frame + headers + 4, s->guest.port);
	ip_frame_write(nat->frame, udp_nat_mac(nat, s->guest.len), s->guest_mac,
		       from, &s->guest, v4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6,
		       len);
	icmp_frame_sum(nat->frame, s->guest.len, len);
	return headers + len;
}

/* One datagram; false: there is none. */
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

	/* An error has been read by that: there may be more. */
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

/* ---- Errors. ---- */

/* One of them, and as much of its datagram as came back. */
struct failure {
	union net_sockaddr to;
	struct sock_extended_err error;
	union net_sockaddr offender;
	size_t len;
};

static bool read_failure(struct udp_nat *nat, struct udp_socket *s,
			 size_t headers, struct failure *f)
{
	union {
		struct cmsghdr head;
		char room[256];
	} control;
	struct iovec iov = { nat->frame + headers, ICMP_ERROR_MAX6 };
	struct msghdr msg = { .msg_name = &f->to,
			      .msg_namelen = sizeof(f->to),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(s->fd, &msg, MSG_ERRQUEUE);

	if (len < 0)
		return false;
	memset(&f->error, 0, sizeof(f->error));
	memset(&f->offender, 0, sizeof(f->offender));
	f->len = (size_t)len;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c;
	     c = CMSG_NXTHDR(&msg, c)) {
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);
		size_t room = c->cmsg_len - CMSG_LEN(0);

		if ((c->cmsg_type != IP_RECVERR || c->cmsg_level != SOL_IP) &&
		    (c->cmsg_type != IPV6_RECVERR || c->cmsg_level != SOL_IPV6))
			continue;
		f->error = *e;
		memcpy(&f->offender, e + 1,
		       MIN(room - sizeof(*e), sizeof(f->offender)));
	}
	return true;
}

/* Write the guest's datagram again, as far as it is known, and tell it of the
 * error. */
static void tell(struct udp_nat *nat, const struct udp_socket *s,
		 const struct failure *f, const struct net_end *to)
{
	bool echo = s->kind == UDP_ECHO;
	struct net_end by = net_end_from(&f->offender);
	struct icmp_error error = { .type = f->error.ee_type,
				    .code = f->error.ee_code,
				    .info = f->error.ee_info };
	const uint8_t *mac = udp_nat_mac(nat, s->guest.len);
	struct packet p;
	size_t len;

	if (echo)
		put_be16(nat->frame + ip_frame_headers(s->guest.len) + 4,
			 s->guest.port);
	len = echo ? ip_frame_write(nat->frame, s->guest_mac, mac, &s->guest,
				    to,
				    s->guest.len == 4 ? PROTOCOL_ICMP :
							PROTOCOL_ICMPV6,
				    f->len) :
		     udp_frame_write(nat->frame, s->guest_mac, mac, &s->guest,
				     to, f->len);
	if (packet_parse(&p, nat->frame, len) != PACKET_OK)
		return;
	if (by.len != to->len || !udp_nat_seen(nat, &by))
		become_gateway(nat, &by);
	count_add(&nat->errors, 1);
	nat->deliver(nat->arg, nat->error,
		     icmp_error_write(nat->error, &p, &error, by.addr));
}

/* The guest's family has other numbers than the name server's. */
static void make_no_port(const struct udp_socket *s, struct failure *f)
{
	struct icmp_error error = icmp_error_for(ICMP_NO_PORT, s->guest.len);

	f->error.ee_type = error.type;
	f->error.ee_code = error.code;
	f->error.ee_info = 0;
}

/* Ask another name server, or tell the guest that there is none. */
static void ask_another(struct udp_nat *nat, const struct udp_socket *s,
			struct failure *f, uint64_t now_ns)
{
	struct net_end guest = s->guest, to = s->guest;
	uint8_t query[QUERY_MAX], mac[6];

	become_resolver(nat, &to);
	if (resolvers_failed(&nat->resolvers, &f->to, now_ns) &&
	    f->len <= QUERY_MAX) {
		memcpy(query, nat->frame + udp_frame_headers(s->guest.len),
		       f->len);
		memcpy(mac, s->guest_mac, sizeof(mac));
		udp_ask_resolver(nat, &guest, mac, query, f->len, now_ns);
		return;
	}
	make_no_port(s, f);
	f->offender = net_end_sockaddr(&to);
	tell(nat, s, f, &to);
}

static bool is_by_icmp(const struct sock_extended_err *error)
{
	return error->ee_origin == SO_EE_ORIGIN_ICMP ||
	       error->ee_origin == SO_EE_ORIGIN_ICMP6;
}

bool udp_read_errors(struct udp_nat *nat, struct udp_socket *s, uint64_t now_ns)
{
	size_t headers = s->kind == UDP_ECHO ? ip_frame_headers(s->guest.len) :
					       udp_frame_headers(s->guest.len);
	struct failure f;
	struct net_end to;
	unsigned n = 0;

	for (; n < ERROR_BATCH && read_failure(nat, s, headers, &f); n++) {
		if (!is_by_icmp(&f.error))
			continue;
		if (s->kind == UDP_DNS) {
			ask_another(nat, s, &f, now_ns);
			/* @s may be another's now. */
			return true;
		}
		to = net_end_from(&f.to);
		if (udp_nat_seen(nat, &to))
			tell(nat, s, &f, &to);
	}
	return n;
}

/* ---- All sources. ---- */

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

/* One source at a time, as any may be gone after another's turn. */
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
