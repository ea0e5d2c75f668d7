/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deal.h - chooses the instance for a new connection (shard.h); with the lock
 * held
 */
#ifndef DEVICES_SLIRP_DEAL_H
#define DEVICES_SLIRP_DEAL_H

struct flow;
struct slirp_net;

/* A connection of the guest's begins: choose the instance that gets it, unless
 * one has it already. */
void slirp_shard_deal(struct slirp_net *net, struct flow *flow);
/* Before the next wait: let another instance accept, if this one is full. */
void slirp_shards_accept(struct slirp_net *net);

#endif
