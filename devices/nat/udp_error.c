/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_error.c - ICMP errors, as the kernel reports them, about what the guest
 * has sent
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <time.h>

/* Needs struct timespec. */
#include <linux/errqueue.h>

#include "base/count.h"
#include "base/util.h"
#include "devices/nat/udp_nat.h"

enum {
	/* Errors read of one socket before others have their turn. */
	ERROR_BATCH = 16,
	/* How much of a query comes back with an error.  A query that is not
	 * longer comes back whole and can be sent to another server. */
	QUERY_MAX = 500,
};

int udp_ask_resolver(struct udp_nat *nat, const struct net_end *guest,
		     const uint8_t *guest_mac, const void *data, size_t len,
		     uint64_t now_ns)
{
	int err = -ENETUNREACH;

	resolvers_refresh(&nat->resolvers, now_ns);
	for (unsigned i = 0; i < RESOLVERS_MAX; i++) {
		const union net_sockaddr *to =
			&resolvers_choose(&nat->resolvers, now_ns)->addr;
		struct udp_socket *s =
			udp_socket_get(nat, UDP_DNS, to->any.sa_family, guest,
				       guest_mac, now_ns);

		/* An error here is reported by the caller. */
		err = s ? udp_send_to(s->fd, to, data, len, 0) : -errno;
		if (err == 0 || err == -EAGAIN ||
		    !resolvers_failed(&nat->resolvers, to, now_ns))
			break;
	}
	return err;
}

/* One error, and as much of its datagram as came back. */
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

/* Rebuild the guest's datagram, as far as it came back, and tell the guest of
 * the error. */
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
		udp_become_gateway(nat, &by);
	count_add(&nat->errors, 1);
	nat->deliver(nat->arg, nat->error,
		     icmp_error_write(nat->error, &p, &error, by.addr));
}

/* Make it "port unreachable" in the guest's address family, which may be
 * another than the name server's. */
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

	udp_become_resolver(nat, &to);
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
			/* @s may have been freed, or belong to another port
			 * now. */
			return true;
		}
		to = net_end_from(&f.to);
		if (udp_nat_seen(nat, &to))
			tell(nat, s, &f, &to);
	}
	return n;
}
