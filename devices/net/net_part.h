/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_part.h - the network card as a part of a machine
 */
#ifndef DEVICES_NET_NET_PART_H
#define DEVICES_NET_NET_PART_H

#include "base/part.h"

struct net_config;
struct netdev;

/* What both pointers lead to outlives the machine. */
struct net_part_config {
	/* What the card is connected to; NULL: there is no card. */
	struct netdev *netdev;
	/* The user's options for the card. */
	const struct net_config *net;
};

/* Made from a struct net_part_config. */
extern const struct part net_part;

#endif
