/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subnet.h - a network for the guest in which the host is not itself
 *
 * By default the guest is in 10.0.2.0/24 and fec0::/64.  So is a host that is
 * a guest of QEMU or VirtualBox; its neighbours there would be out of the
 * guest's reach, and answers of theirs would seem to come from the guest's own
 * network.  Main thread.
 */
#ifndef DEVICES_NET_SUBNET_H
#define DEVICES_NET_SUBNET_H

#include <stdbool.h>

struct net_config;

/*
 * If the host has an address in @config's network, take the first of
 * 10.0.102.0/24, 10.102.2.0/24, 172.31.102.0/24, 192.168.202.0/24 in which it
 * has none; and of IPv6 fec0:0:0:1::/64 and so on.  But the user's choice
 * stays: a network of which any address was named.
 */
void subnet_choose(struct net_config *config);

/* Whether the host has an address in either network of @config. */
bool subnet_is_shared(const struct net_config *config);

#endif
