/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_address.c - translate addresses of the guest's network to those outside
 * of it, and back
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "devices/nat/udp_nat.h"
#include "devices/net/net_config.h"

const uint8_t *udp_nat_mac(const struct udp_nat *nat, size_t addr_len)
{
	return nat->mac[addr_len == 4 ? 0 : 1];
}

void udp_nat_ends(const struct packet *packet, struct net_end *guest,
		  struct net_end *peer)
{
	const struct packet *p = packet;

	*guest = net_end_of(p->addrs, p->addr_len, get_be16(p->payload));
	*peer = net_end_of(p->addrs + p->addr_len, p->addr_len,
			   get_be16(p->payload + 2));
}

/* Whether @end is an address that a host uses for itself only. */
static bool is_loopback(const struct net_end *end)
{
	static const uint8_t zeros[10];

	if (end->len == 4)
		return end->addr[0] == 127 || end->addr[0] == 0;
	return memcmp(end->addr, zeros, sizeof(zeros)) == 0;
}

void udp_become_gateway(const struct udp_nat *nat, struct net_end *end)
{
	const struct net_config *c = nat->config;

	memcpy(end->addr,
	       end->len == 4 ? (const void *)&c->gateway : &c->gateway6,
	       end->len);
}

void udp_become_resolver(const struct udp_nat *nat, struct net_end *end)
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
	udp_become_gateway(nat, from);
	return nat->config->host;
}

int udp_nat_reach(const struct udp_nat *nat, struct net_end *to)
{
	const struct net_config *c = nat->config;

	if (to->len == 4 && memcmp(to->addr, &c->gateway, 4) == 0)
		put_be32(to->addr, INADDR_LOOPBACK);
	else if (to->len == 16 && memcmp(to->addr, &c->gateway6, 16) == 0)
		memcpy(to->addr, &in6addr_loopback, 16);
	else if (to->len == 16 && memcmp(to->addr, &c->prefix6, 8) == 0)
		return -EHOSTUNREACH;
	return 0;
}

bool udp_is_resolver(const struct udp_nat *nat, const struct net_end *to)
{
	const struct net_config *c = nat->config;

	return to->port == RESOLVER_PORT &&
	       memcmp(to->addr, to->len == 4 ? (const void *)&c->dns : &c->dns6,
		      to->len) == 0;
}
