/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/deal.h"

#include "devices/slirp/instance.h"
#include "devices/slirp/internal.h"

/* The instance with the fewest connections.  If all are full, open a new
 * one. */
static struct slirp_shard *emptiest(struct slirp_net *net)
{
	struct slirp_shards *all = &net->shards;
	struct slirp_shard *best = all->list;

	for (unsigned i = 1; i < all->n; i++)
		if (all->list[i].live < best->live)
			best = &all->list[i];
	if (best->live >= SLIRP_SHARD_FULL && slirp_shard_open(net) == 0)
		best = &all->list[all->n - 1];
	return best;
}

void slirp_shard_deal(struct slirp_net *net, struct flow *flow)
{
	struct slirp_shard *shard = &net->shards.list[net->shards.accepting];

	/* The connection has begun already; its first segment is sent again. */
	if (flow->shard != FLOW_NO_SHARD && (flow->fd >= 0 || flow->known))
		return;
	if (shard->live >= SLIRP_SHARD_FULL)
		shard = emptiest(net);
	flow->shard = (uint16_t)slirp_shard_index(shard);
}

/* Don't move the forwards for one connection more or less, as that takes
 * time. */
void slirp_shards_accept(struct slirp_net *net)
{
	struct slirp_shards *all = &net->shards;
	struct slirp_shard *best, *shard = &all->list[all->accepting];

	if (shard->live < SLIRP_SHARD_FULL || !net->forwards.n ||
	    net->forwards.moving)
		return;
	best = emptiest(net);
	if (best->live + SLIRP_SHARD_FULL / 2 > shard->live)
		return;
	/* It is not to accept any more. */
	slirp_shard_touch(shard);
	all->accepting = slirp_shard_index(best);
	slirp_forwards_follow(net);
}
