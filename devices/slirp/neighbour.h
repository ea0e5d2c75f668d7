/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * neighbour.h - libslirp knows where its answers go; with the lock held
 */
#ifndef DEVICES_SLIRP_NEIGHBOUR_H
#define DEVICES_SLIRP_NEIGHBOUR_H

#include <stdint.h>

#include "devices/nat/net_end.h"

struct packet;
struct slirp_net;

/* Of whom libslirp was told last, and when that was. */
struct slirp_neighbour {
	struct net_end addr;
	uint8_t mac[6];
	uint64_t told_ns;
};

/* @packet, from the guest, is about to be passed on: tell libslirp who sent
 * it. */
void slirp_neighbour_tell(struct slirp_net *net, const struct packet *packet);

#endif
