/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_visitor.c - who sends to the guest through a forward
 *
 * The guest sees a visitor at the visitor's own address if it could send there.
 * Otherwise, as for a visitor from the host's loopback, it sees the gateway's
 * address.  If two visitors would look the same to the guest, the second one
 * gets another port.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/count.h"
#include "base/util.h"
#include "devices/nat/udp_nat.h"
#include "devices/net/forward.h"
#include "devices/net/net_config.h"

#define KEPT_NS (300 * NSEC_PER_SEC)

enum {
	/* How many ports are tried for a visitor that looks like another
	 * one. */
	PORT_TRIES = 64,
	PORT_FIRST = 1024,
};

void udp_visitors_init(struct udp_nat *nat)
{
	TAILQ_INIT(&nat->visited);
}

static struct udp_visitors *bucket_of_guest(struct udp_nat *nat,
					    const struct net_end *guest,
					    const struct net_end *peer)
{
	uint32_t hash = net_end_hash(peer, net_end_hash(guest, 0));

	return &nat->by_guest[hash % UDP_BUCKETS];
}

static struct udp_visitors *bucket_of_client(struct udp_nat *nat,
					     const union net_sockaddr *client)
{
	struct net_end end = net_end_from(client);

	return &nat->by_client[net_end_hash(&end, 0) % UDP_BUCKETS];
}

static void free_visitor(struct udp_nat *nat, struct udp_visitor *v)
{
	TAILQ_REMOVE(&nat->visited, v, by_use);
	LIST_REMOVE(v, by_guest);
	LIST_REMOVE(v, by_client);
	nat->n_visitors--;
	free(v);
}

static void use(struct udp_nat *nat, struct udp_visitor *v, uint64_t now_ns)
{
	v->used_ns = now_ns;
	TAILQ_REMOVE(&nat->visited, v, by_use);
	TAILQ_INSERT_TAIL(&nat->visited, v, by_use);
}

void udp_visitors_expire(struct udp_nat *nat, uint64_t now_ns)
{
	struct udp_visitor *v = TAILQ_FIRST(&nat->visited), *next;

	for (; v && now_ns - v->used_ns >= KEPT_NS; v = next) {
		next = TAILQ_NEXT(v, by_use);
		free_visitor(nat, v);
	}
}

uint64_t udp_visitors_deadline(const struct udp_nat *nat)
{
	const struct udp_visitor *v = TAILQ_FIRST(&nat->visited);

	return v ? v->used_ns + KEPT_NS : UINT64_MAX;
}

struct udp_visitor *udp_visitor_of(struct udp_nat *nat,
				   const struct net_end *guest,
				   const struct net_end *peer)
{
	struct udp_visitor *v;

	LIST_FOREACH (v, bucket_of_guest(nat, guest, peer), by_guest)
		if (net_end_is(&v->guest, guest) && net_end_is(&v->peer, peer))
			return v;
	return NULL;
}

/* Link-local addresses on two interfaces are different clients. */
static bool is_same_client(const union net_sockaddr *a,
			   const union net_sockaddr *b)
{
	struct net_end end = net_end_from(a), other = net_end_from(b);

	return net_end_is(&end, &other) &&
	       (a->any.sa_family == AF_INET ||
		a->in6.sin6_scope_id == b->in6.sin6_scope_id);
}

static struct udp_visitor *find(struct udp_nat *nat,
				const struct udp_port *port,
				const union net_sockaddr *client,
				const struct udp_local *local)
{
	struct udp_visitor *v;

	LIST_FOREACH (v, bucket_of_client(nat, client), by_client)
		if (v->port == port && is_same_client(&v->client, client) &&
		    v->local.interface == local->interface &&
		    memcmp(v->local.addr, local->addr, 16) == 0)
			return v;
	return NULL;
}

/* Whether the guest would look for @peer on its own network. */
static bool is_near(const struct net_config *c, const struct net_end *peer)
{
	uint32_t addr;

	if (peer->len == 16)
		return memcmp(peer->addr, &c->prefix6, 8) == 0;
	memcpy(&addr, peer->addr, sizeof(addr));
	return (addr & c->netmask.s_addr) == c->subnet.s_addr;
}

/* Make @peer, the client's end, what the guest sees.  False: all ports that
 * were tried are taken. */
static bool appear(struct udp_nat *nat, const struct net_end *guest,
		   struct net_end *peer)
{
	if (!udp_nat_seen(nat, peer) || is_near(nat->config, peer))
		udp_become_gateway(nat, peer);
	for (unsigned i = 0; i < PORT_TRIES; i++) {
		if (!udp_visitor_of(nat, guest, peer))
			return true;
		if (++peer->port < PORT_FIRST)
			peer->port = PORT_FIRST;
	}
	return false;
}

static struct udp_visitor *add(struct udp_nat *nat, const struct udp_port *port,
			       const union net_sockaddr *client,
			       const struct udp_local *local)
{
	struct net_end peer = net_end_from(client);
	struct udp_visitor *v;

	if (nat->n_visitors == UDP_VISITORS_MAX)
		free_visitor(nat, TAILQ_FIRST(&nat->visited));
	if (!appear(nat, &port->guest, &peer))
		return NULL;
	v = malloc(sizeof(*v));
	if (!v)
		return NULL;
	*v = (struct udp_visitor){ .port = port,
				   .client = *client,
				   .local = *local,
				   .guest = port->guest,
				   .peer = peer };
	nat->n_visitors++;
	TAILQ_INSERT_TAIL(&nat->visited, v, by_use);
	LIST_INSERT_HEAD(bucket_of_guest(nat, &v->guest, &v->peer), v,
			 by_guest);
	LIST_INSERT_HEAD(bucket_of_client(nat, client), v, by_client);
	return v;
}

/* ---- The sockets. ---- */

/* Room for the control message with the local address of a datagram. */
union control {
	struct cmsghdr head;
	char room4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char room6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static bool is_v6(const struct udp_port *port)
{
	return port->forward->host.ss_family == AF_INET6;
}

/* Read the local address.  The interface is left to the kernel, except for a
 * link-local address, which needs it. */
static void read_local(const struct cmsghdr *c, struct udp_local *local)
{
	struct in_pktinfo in;
	struct in6_pktinfo in6;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		memcpy(&in, CMSG_DATA(c), sizeof(in));
		memcpy(local->addr, &in.ipi_spec_dst, 4);
	}
	if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO)
		return;
	memcpy(&in6, CMSG_DATA(c), sizeof(in6));
	if (IN6_IS_ADDR_LINKLOCAL(&in6.ipi6_addr))
		local->interface = (int)in6.ipi6_ifindex;
	/* An answer can't have a multicast group as its sender. */
	if (!IN6_IS_ADDR_MULTICAST(&in6.ipi6_addr))
		memcpy(local->addr, &in6.ipi6_addr, 16);
}

/* Write the local address.  Returns the length of the control message. */
static size_t write_local(struct cmsghdr *c, const struct udp_local *local,
			  bool v6)
{
	struct in_pktinfo in = { 0 };
	struct in6_pktinfo in6 = { .ipi6_ifindex = (unsigned)local->interface };
	size_t len = v6 ? sizeof(in6) : sizeof(in);

	memcpy(&in.ipi_spec_dst, local->addr, 4);
	memcpy(&in6.ipi6_addr, local->addr, 16);
	c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = v6 ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), v6 ? (const void *)&in6 : &in, len);
	return CMSG_SPACE(len);
}

static ssize_t read_datagram(struct udp_nat *nat, const struct udp_port *port,
			     union net_sockaddr *client,
			     struct udp_local *local)
{
	size_t headers = udp_frame_headers(port->guest.len);
	size_t room = is_v6(port) ? sizeof(nat->frame) : ETHER_MAX;
	struct iovec iov = { nat->frame + headers, room - headers };
	union control control;
	struct msghdr msg = { .msg_name = client,
			      .msg_namelen = sizeof(*client),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t len;

	memset(client, 0, sizeof(*client));
	memset(local, 0, sizeof(*local));
	len = recvmsg(port->forward->fd, &msg, 0);
	if (len < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c;
	     c = CMSG_NXTHDR(&msg, c))
		read_local(c, local);
	return len;
}

bool udp_visitor_receive(struct udp_nat *nat, const struct udp_port *port,
			 uint64_t now_ns)
{
	union net_sockaddr client;
	struct udp_local local;
	struct udp_visitor *v;
	ssize_t len = read_datagram(nat, port, &client, &local);

	if (len < 0)
		return false;
	v = find(nat, port, &client, &local);
	if (!v)
		v = add(nat, port, &client, &local);
	if (!v)
		return true;
	use(nat, v, now_ns);
	count_add(&nat->received, 1);
	nat->deliver(nat->arg, nat->frame,
		     udp_frame_write(nat->frame, udp_nat_mac(nat, v->guest.len),
				     port->guest_mac, &v->peer, &v->guest,
				     (size_t)len));
	return true;
}

int udp_visitor_send(struct udp_nat *nat, struct udp_visitor *visitor,
		     const void *data, size_t len, uint64_t now_ns)
{
	bool v6 = is_v6(visitor->port);
	union control control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_name = &visitor->client,
			      .msg_namelen = net_sockaddr_len(&visitor->client),
			      .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control };

	msg.msg_controllen = write_local(&control.head, &visitor->local, v6);
	use(nat, visitor, now_ns);
	return sendmsg(visitor->port->forward->fd, &msg, MSG_NOSIGNAL) < 0 ?
		       -errno :
		       0;
}

/* ---- Forwards. ---- */

/* The port of @forward; with NULL, an unused one. */
static struct udp_port *find_port(struct udp_nat *nat,
				  const struct forward *forward)
{
	for (size_t i = 0; i < nat->n_ports; i++) {
		struct udp_port *port = &nat->ports[i];

		if (forward ? port->open && port->forward == forward :
			      !port->open)
			return port;
	}
	return NULL;
}

int udp_nat_lead(struct udp_nat *nat, const struct forward *forward,
		 const struct net_end *guest, const uint8_t *guest_mac)
{
	bool v6 = forward->host.ss_family == AF_INET6;
	struct udp_port *port = find_port(nat, NULL);
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = port };
	int one = 1;

	if (!port)
		return -ENOENT;
	*port = (struct udp_port){ .forward = forward,
				   .guest = *guest,
				   .guest_mac = guest_mac };
	if (setsockopt(forward->fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		       v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, &one,
		       sizeof(one)) < 0 ||
	    epoll_ctl(nat->fd, EPOLL_CTL_ADD, forward->fd, &event) < 0)
		return -errno;
	port->open = true;
	return 0;
}

void udp_nat_leave(struct udp_nat *nat, const struct forward *forward)
{
	struct udp_port *port = find_port(nat, forward);
	struct udp_visitor *v, *next;

	if (!port)
		return;
	for (v = TAILQ_FIRST(&nat->visited); v; v = next) {
		next = TAILQ_NEXT(v, by_use);
		if (v->port == port)
			free_visitor(nat, v);
	}
	epoll_ctl(nat->fd, EPOLL_CTL_DEL, forward->fd, NULL);
	port->open = false;
}
