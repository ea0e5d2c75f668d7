/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alias.c - several forwards that lead to one port of the guest
 *
 * libslirp and the guest tell connections apart by the addresses and ports of
 * guest and client.  But two clients of two forwards may have the same address
 * and port, and then the segments of the first would go to the second.  So if
 * several forwards lead to the same port, each leads to a port of its own in
 * libslirp, an alias, which the guest doesn't see.  And if two such clients
 * have connections at once, the guest sees the second one at another port.
 *
 * Nothing of this happens if no two forwards lead to the same port.
 */
#include "devices/slirp/alias.h"

#include <string.h>

#include "devices/slirp/internal.h"

/* How many ports are tried for a client, and the lowest of them. */
enum { TRIES = 64, FIRST_PORT = 1024 };

/* Whether both lead to the same port at the same address. */
static bool is_same(const struct forward *a, const struct forward *b)
{
	return !a->udp && !b->udp && a->guest_port == b->guest_port &&
	       (a->host.ss_family == AF_INET6) ==
		       (b->host.ss_family == AF_INET6) &&
	       a->guest.s_addr == b->guest.s_addr;
}

static bool has_twin(const struct slirp_net *net, size_t index)
{
	for (size_t i = 0; i < net->forwards.n; i++)
		if (i != index && is_same(net->forwards.list[i].forward,
					  net->forwards.list[index].forward))
			return true;
	return false;
}

static bool is_used(const struct slirp_net *net, uint16_t port)
{
	for (size_t i = 0; i < net->forwards.n; i++)
		if (net->forwards.list[i].alias == port ||
		    net->forwards.list[i].forward->guest_port == port)
			return true;
	return false;
}

void slirp_alias_init(struct slirp_net *net)
{
	uint16_t port = UINT16_MAX;

	for (size_t i = 0; i < net->forwards.n; i++) {
		net->forwards.list[i].alias = 0;
		if (!has_twin(net, i))
			continue;
		while (port && is_used(net, port))
			port--;
		net->forwards.list[i].alias = port;
		net->aliases.any |= port != 0;
	}
}

/* The forward with this alias, or NULL. */
static const struct slirp_forward *find(const struct slirp_net *net,
					uint16_t alias)
{
	for (size_t i = 0; i < net->forwards.n; i++)
		if (net->forwards.list[i].alias == alias)
			return &net->forwards.list[i];
	return NULL;
}

static bool is_client(const struct slirp_alias *moved, const struct packet *p,
		      uint16_t alias, uint16_t port)
{
	return moved->alias == alias && moved->port == port &&
	       moved->addr_len == p->addr_len &&
	       memcmp(moved->addr, p->addrs, p->addr_len) == 0;
}

static struct slirp_alias *find_moved(struct slirp_net *net,
				      const struct packet *p, uint16_t alias,
				      uint16_t port)
{
	for (unsigned i = 0; i < ALIAS_MOVED; i++)
		if (is_client(&net->aliases.moved[i], p, alias, port))
			return &net->aliases.moved[i];
	return NULL;
}

/* The port at which the guest sees the client of @p, whose own port is
 * @port. */
static uint16_t shown(struct slirp_net *net, const struct packet *p,
		      uint16_t alias, uint16_t port)
{
	const struct slirp_alias *moved = find_moved(net, p, alias, port);

	return moved ? moved->shown : port;
}

static void note_moved(struct slirp_net *net, const struct packet *p,
		       uint16_t alias, uint16_t port, uint16_t at)
{
	struct slirp_alias *moved = find_moved(net, p, alias, port);

	if (!moved)
		moved = &net->aliases.moved[net->aliases.next++ % ALIAS_MOVED];
	*moved = (struct slirp_alias){ .addr_len = p->addr_len,
				       .alias = alias,
				       .port = port,
				       .shown = at };
	memcpy(moved->addr, p->addrs, p->addr_len);
}

static void put_port(const struct packet *p, size_t at, uint16_t port)
{
	packet_put(p->payload + 16, p->payload + at, port);
}

/* Whether the connection of @p, with the ports that the guest sees, may be the
 * one with these ports in libslirp.  False: another connection has them. */
static bool claim(struct slirp_net *net, const struct packet *p, uint16_t alias,
		  uint16_t client)
{
	struct flow *flow = conntrack_get(&net->firewall.conntrack, p, false);

	if (flow->live && (flow->port != alias || flow->peer_port != client))
		return false;
	flow->port = alias;
	flow->peer_port = client;
	return true;
}

/* For @p, the first segment of a connection, find a port at which the guest can
 * see the client.  False: there is none. */
static bool place(struct slirp_net *net, const struct packet *p, uint16_t alias,
		  uint16_t client)
{
	uint16_t at = shown(net, p, alias, client);

	for (unsigned i = 0; i < TRIES; i++) {
		put_port(p, 0, at);
		if (claim(net, p, alias, client)) {
			if (i)
				note_moved(net, p, alias, client, at);
			return true;
		}
		at = at < UINT16_MAX ? at + 1 : FIRST_PORT;
	}
	put_port(p, 0, client);
	put_port(p, 2, alias);
	return false;
}

bool slirp_alias_to(struct slirp_net *net, const struct packet *p)
{
	const uint8_t *tcp = p->payload;
	uint16_t port = get_be16(tcp), alias = get_be16(tcp + 2);
	const struct slirp_forward *f =
		net->aliases.any ? find(net, alias) : NULL;

	if (!f)
		return true;
	put_port(p, 2, f->forward->guest_port);
	if ((tcp[13] & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		return place(net, p, alias, port);
	put_port(p, 0, shown(net, p, alias, port));
	return true;
}

void slirp_alias_from(const struct packet *packet)
{
	put_port(packet, 0, packet->flow->port);
	put_port(packet, 2, packet->flow->peer_port);
}
