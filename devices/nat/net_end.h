/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_end.h - one end of a UDP conversation: an address and a port
 *
 * Any thread.
 */
#ifndef DEVICES_NAT_NET_END_H
#define DEVICES_NAT_NET_END_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

/* Ends are compared as a whole, so the bytes that an IPv4 address leaves unused
 * are zero. */
struct net_end {
	uint8_t addr[16];
	/* The length of the address: 4 or 16. */
	uint16_t len;
	/* In the host's byte order. */
	uint16_t port;
};

/* A socket address as the host's kernel has it. */
union net_sockaddr {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static inline struct net_end net_end_of(const void *addr, size_t len,
					uint16_t port)
{
	struct net_end end = { .len = (uint16_t)len, .port = port };

	memcpy(end.addr, addr, len);
	return end;
}

static inline bool net_end_is(const struct net_end *a, const struct net_end *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* FNV-1a. */
static inline uint32_t net_end_hash(const struct net_end *end, uint32_t hash)
{
	const uint8_t *byte = (const void *)end;

	for (size_t i = 0; i < sizeof(*end); i++)
		hash = (hash ^ byte[i]) * 0x01000193;
	return hash;
}

static inline union net_sockaddr net_end_sockaddr(const struct net_end *end)
{
	union net_sockaddr addr = { .any.sa_family = AF_INET };

	if (end->len == 16) {
		addr.in6 = (struct sockaddr_in6){
			.sin6_family = AF_INET6,
			.sin6_port = htons(end->port),
		};
		memcpy(&addr.in6.sin6_addr, end->addr, 16);
	} else {
		addr.in.sin_port = htons(end->port);
		memcpy(&addr.in.sin_addr, end->addr, 4);
	}
	return addr;
}

static inline socklen_t net_sockaddr_len(const union net_sockaddr *addr)
{
	return addr->any.sa_family == AF_INET6 ? sizeof(addr->in6) :
						 sizeof(addr->in);
}

/* The end of an IPv4 or IPv6 socket address.  The scope is left out. */
static inline struct net_end net_end_from(const union net_sockaddr *addr)
{
	if (addr->any.sa_family == AF_INET6)
		return net_end_of(&addr->in6.sin6_addr, 16,
				  ntohs(addr->in6.sin6_port));
	return net_end_of(&addr->in.sin_addr, 4, ntohs(addr->in.sin_port));
}

#endif
