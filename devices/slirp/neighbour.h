/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * neighbour.h - libslirp knows where its answers go; with the lock held
 */
#ifndef DEVICES_SLIRP_NEIGHBOUR_H
#define DEVICES_SLIRP_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/nat/net_end.h"

#include "devices/firewall/packet.h"

struct slirp_net;
struct slirp_shard;

/* Who sent a packet last, and when it was looked at more closely; or of whom
 * an instance of libslirp was told last. */
struct slirp_neighbour {
	struct net_end addr;
	uint8_t mac[6];
	uint64_t told_ns;
};

/* Whether it sent @packet, from the guest. */
bool slirp_neighbour_is(const struct slirp_neighbour *neighbour,
			const struct packet *packet);
/* It did. */
void slirp_neighbour_note(struct slirp_neighbour *neighbour,
			  const struct packet *packet);
/* @packet, from the guest, is about to be passed on: tell libslirp's @shard who
 * sent it. */
void slirp_neighbour_tell(struct slirp_shard *shard,
			  const struct packet *packet);
/* Tell it where the guest is, if that is known. */
void slirp_neighbour_tell_guest(struct slirp_shard *shard);
/* @packet, of ARP or NDP and from the guest, is about to be passed on to the
 * first instance: what the others may be waiting for is passed on to them. */
void slirp_neighbour_share(struct slirp_net *net, const struct packet *packet);

#endif
