/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subnet.h - chooses a network for the guest that the host is not part of
 *
 * By default the guest is in 10.0.2.0/24 and fec0::/64.  A host that is itself
 * a guest of QEMU or VirtualBox is in the same networks.  Then the guest could
 * not reach the host's neighbours there, and their packets would seem to come
 * from the guest's own network.  Main thread.
 */
#ifndef DEVICES_NET_SUBNET_H
#define DEVICES_NET_SUBNET_H

#include <stdbool.h>

struct net_config;

/*
 * If the host has an address in @config's network, use the first of
 * 10.0.102.0/24, 10.102.2.0/24, 172.31.102.0/24 and 192.168.202.0/24 in which
 * it has none; for IPv6, fec0:0:0:1::/64 and so on.  A network of which the
 * user has named an address is kept.
 */
void subnet_choose(struct net_config *config);

/* Whether the host has an address in the IPv4 or IPv6 network of @config. */
bool subnet_is_shared(const struct net_config *config);

#endif
