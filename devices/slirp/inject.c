/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/inject.h"

#include "devices/slirp/idle.h"
#include "devices/slirp/internal.h"

void slirp_stack_input(struct slirp_shard *shard, uint8_t *frame, size_t len)
{
	slirp_idle_end(shard);
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
