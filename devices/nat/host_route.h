/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_route.h - where the host's kernel would send a packet
 *
 * The kernel is asked for the route to an address, because a list of the host's
 * addresses would not do: it would miss an address that appeared a moment ago,
 * and the whole networks that some hosts treat as their own.  One thread.
 */
#ifndef DEVICES_NAT_HOST_ROUTE_H
#define DEVICES_NAT_HOST_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host_route {
	/* The rtnetlink socket. */
	int fd;
	uint32_t seq;
};

/* Open the rtnetlink socket.  Returns 0 or -errno. */
int host_route_open(struct host_route *route);
void host_route_close(struct host_route *route);

/*
 * Whether a packet to @addr, an IPv4 or IPv6 address of @len 4 or 16 bytes,
 * would go to anything but one other host: to an address of the host's own, a
 * broadcast address or a multicast group.  False if there is no route.  True if
 * the kernel does not answer.
 */
bool host_route_is_local(struct host_route *route, const void *addr,
			 size_t len);

#endif
