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

void slirp_shard_active(struct slirp_shard *shard)
{
	shard->idle = (struct slirp_idle){ .since_ns = shard->net->now_ns };
}

void slirp_stack_input(struct slirp_shard *shard, uint8_t *frame, size_t len)
{
	slirp_shard_active(shard);
	slirp_shard_touch(shard);
	slirp_input(shard->slirp, frame, (int)MAX(len, (size_t)ETHER_MIN));
}

void slirp_stack_input_of(struct slirp_net *net, const struct packet *packet,
			  uint8_t *frame, size_t len)
{
	net->opening = packet;
	slirp_stack_input(slirp_shard_of(net, packet->flow), frame, len);
	net->opening = NULL;
}
