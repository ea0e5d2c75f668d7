/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * neighbour.h - tells libslirp where its answers go; with the lock held
 */
#ifndef DEVICES_SLIRP_NEIGHBOUR_H
#define DEVICES_SLIRP_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/nat/net_end.h"

#include "devices/firewall/packet.h"

struct slirp_net;
struct slirp_shard;

/* The sender of the last packet, and when that was last looked at more closely;
 * or the sender that an instance of libslirp was told of last. */
struct slirp_neighbour {
	struct net_end addr;
	uint8_t mac[6];
	uint64_t told_ns;
};

/* Whether @neighbour sent @packet, from the guest. */
bool slirp_neighbour_is(const struct slirp_neighbour *neighbour,
			const struct packet *packet);
/* Make @neighbour the sender of @packet. */
void slirp_neighbour_note(struct slirp_neighbour *neighbour,
			  const struct packet *packet);
/* Tell @shard the hardware address of the sender of @packet, from the guest,
 * before it is passed on. */
void slirp_neighbour_tell(struct slirp_shard *shard,
			  const struct packet *packet);
/* Tell @shard the hardware address of the guest, if that is known. */
void slirp_neighbour_tell_guest(struct slirp_shard *shard);
/* Called before @packet, ARP or NDP from the guest, is passed on to the first
 * instance: give it to the other instances, too, if they may be waiting for
 * it. */
void slirp_neighbour_share(struct slirp_net *net, const struct packet *packet);

#endif
