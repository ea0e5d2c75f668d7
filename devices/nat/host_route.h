/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_route.h - where the host's kernel would send a packet
 *
 * The kernel is asked for the route, not for a list of its addresses: it knows
 * those that appeared a moment ago, and the whole networks that some hosts
 * call their own.  One thread.
 */
#ifndef DEVICES_NAT_HOST_ROUTE_H
#define DEVICES_NAT_HOST_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host_route {
	/* Of rtnetlink. */
	int fd;
	uint32_t seq;
};

/* -errno. */
int host_route_open(struct host_route *route);
void host_route_close(struct host_route *route);

/*
 * Whether a packet to @addr, of IPv4 or IPv6 by its @len of 4 or 16 bytes,
 * would not go to one other host: it is an address of the host's own, a
 * broadcast, a group.  False where there is no route.  True if the kernel
 * does not answer.
 */
bool host_route_is_local(struct host_route *route, const void *addr,
			 size_t len);

#endif
