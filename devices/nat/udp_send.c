/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_send.c - what the guest sends, and what it is told if that fails
 */
#define _GNU_SOURCE
#include <errno.h>

#include "base/count.h"
#include "base/util.h"
#include "devices/firewall/checksum.h"
#include "devices/nat/udp_nat.h"
#include "devices/net/net_config.h"

enum {
	/* A send fails, too, if an error has come for an earlier datagram. */
	SEND_TRIES = 3,
};

/* If the send fails, tell the guest of the errors about earlier datagrams,
 * which may be the cause, and try again. */
static int send_by(struct udp_nat *nat, struct udp_socket *s,
		   const union net_sockaddr *to, const void *data, size_t len,
		   int hops, uint64_t now_ns)
{
	int err = udp_send_to(s->fd, to, data, len, hops);

	for (unsigned i = 1; err < 0 && err != -EAGAIN && i < SEND_TRIES; i++) {
		udp_read_errors(nat, s, now_ns);
		err = udp_send_to(s->fd, to, data, len, hops);
	}
	return err;
}

static bool is_group(const struct net_end *to)
{
	return to->len == 4 ? (to->addr[0] & 0xf0) == 0xe0 :
			      to->addr[0] == 0xff;
}

/* The hop limit for a packet that leaves.  A router takes one off; what is for
 * a multicast group keeps it, as it does not leave the link. */
static int hops_left(const struct packet *p, const struct net_end *to)
{
	int hops = p->addr_len == 4 ? p->net[8] : p->net[7];

	return is_group(to) ? hops : hops - 1;
}

static int send_out(struct udp_nat *nat, const struct packet *p,
		    enum udp_kind kind, const struct net_end *guest,
		    struct net_end to, uint64_t now_ns)
{
	size_t header = kind == UDP_ECHO ? 0 : UDP_HEADER;
	int hops = hops_left(p, &to), err;
	union net_sockaddr addr;
	struct udp_socket *s;

	err = udp_nat_reach(nat, &to);
	if (err < 0)
		return err;
	if (hops < 1)
		return -ETIME;
	addr = net_end_sockaddr(&to);
	s = udp_socket_get(nat, kind, addr.any.sa_family, guest, p->frame + 6,
			   now_ns);
	return s ? send_by(nat, s, &addr, p->payload + header,
			   p->payload_len - header, hops, now_ns) :
		   -errno;
}

static int send_udp(struct udp_nat *nat, const struct packet *p,
		    uint64_t now_ns)
{
	const uint8_t *data = p->payload + UDP_HEADER;
	size_t len = p->payload_len - UDP_HEADER;
	struct net_end guest, to;
	struct udp_visitor *visitor;

	udp_nat_ends(p, &guest, &to);
	visitor = udp_visitor_of(nat, &guest, &to);
	if (visitor)
		return udp_visitor_send(nat, visitor, data, len, now_ns);
	if (udp_is_resolver(nat, &to))
		return udp_ask_resolver(nat, &guest, p->frame + 6, data, len,
					now_ns);
	return send_out(nat, p, UDP_WORLD, &guest, to, now_ns);
}

static int send_echo(struct udp_nat *nat, const struct packet *p,
		     uint64_t now_ns)
{
	struct net_end guest =
		net_end_of(p->addrs, p->addr_len, get_be16(p->payload + 4));
	struct net_end to = net_end_of(p->addrs + p->addr_len, p->addr_len, 0);

	return send_out(nat, p, UDP_ECHO, &guest, to, now_ns);
}

bool udp_nat_is_answer(struct udp_nat *nat, const struct packet *packet)
{
	struct net_end guest, to;

	udp_nat_ends(packet, &guest, &to);
	return udp_visitor_of(nat, &guest, &to);
}

/* Whether the checksums are right.  UDP over IPv4 may have none. */
static bool is_sound(const struct packet *p)
{
	bool udp = p->protocol == PROTOCOL_UDP;
	uint64_t sum = 0;

	if (p->addr_len == 4 &&
	    checksum_fold(checksum_add(
		    0, p->net, (size_t)(p->payload - p->net))) != 0xffff)
		return false;
	if (udp && !get_be16(p->payload + 6))
		return p->addr_len == 4;
	if (p->protocol != PROTOCOL_ICMP)
		sum = checksum_pseudo(p->addrs, 2 * p->addr_len, p->protocol,
				      p->payload_len);
	return checksum_fold(checksum_add(sum, p->payload, p->payload_len)) ==
	       0xffff;
}

void udp_nat_refuse(struct udp_nat *nat, const struct packet *packet,
		    enum icmp_cause cause)
{
	struct icmp_error error = icmp_error_for(cause, packet->addr_len);
	const struct net_config *c = nat->config;
	const void *from = packet->addr_len == 4 ? (const void *)&c->gateway :
						   &c->gateway6;
	uint8_t *out = nat->error;
	/* Only the destination itself sends this error: RFC 1122, 3.2.2.1. */
	bool by_host = cause == ICMP_NO_PORT;

	count_add(&nat->errors, 1);
	nat->deliver(
		nat->arg, out,
		icmp_error_write(out, packet, &error, by_host ? NULL : from));
}

static void fail(struct udp_nat *nat, const struct packet *p, int error)
{
	switch (error) {
	case ETIME:
		udp_nat_refuse(nat, p, ICMP_TOO_FAR);
		break;
	case EHOSTUNREACH:
		udp_nat_refuse(nat, p, ICMP_NO_HOST);
		break;
	case ECONNREFUSED:
		udp_nat_refuse(nat, p, ICMP_NO_PORT);
		break;
	/* A firewall forbids it, or ping_group_range forbids ping. */
	case EACCES:
	case EPERM:
		udp_nat_refuse(nat, p, ICMP_PROHIBITED);
		break;
	/* A network may drop a packet for which it has no room. */
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case EMSGSIZE:
		count_add(&nat->unsent, 1);
		break;
	default:
		udp_nat_refuse(nat, p, ICMP_NO_ROUTE);
	}
}

void udp_nat_send(struct udp_nat *nat, const struct packet *packet,
		  uint64_t now_ns)
{
	static const uint8_t zeros[16];
	int err;

	/* Without a sender's address nobody could answer. */
	if (!is_sound(packet) ||
	    memcmp(packet->addrs, zeros, packet->addr_len) == 0)
		return;
	err = packet->protocol == PROTOCOL_UDP ? send_udp(nat, packet, now_ns) :
						 send_echo(nat, packet, now_ns);
	if (err < 0)
		fail(nat, packet, -err);
	else
		count_add(&nat->sent, 1);
}
