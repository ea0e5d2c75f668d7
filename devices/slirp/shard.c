/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/shard.h"

#include "devices/slirp/internal.h"

struct slirp_shard *slirp_shard_of(struct slirp_net *net,
				   const struct flow *flow)
{
	struct slirp_shards *all = &net->shards;

	return &all->list[flow && flow->shard < all->n ? flow->shard : 0];
}

unsigned slirp_shard_index(const struct slirp_shard *shard)
{
	return (unsigned)(shard - shard->net->shards.list);
}

void slirp_shard_touch(struct slirp_shard *shard)
{
	shard->net->shards.touched |= slirp_shard_bit(shard);
}

void slirp_shards_touch(struct slirp_net *net)
{
	for (unsigned i = 0; i < net->shards.n; i++)
		slirp_shard_touch(&net->shards.list[i]);
}
