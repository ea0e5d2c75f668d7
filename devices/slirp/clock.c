/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/clock.h"

#include "devices/slirp/internal.h"

/* libslirp compares times of 32 bits, in milliseconds.  The host's clock may be
 * close to their wrap, so the clock starts at 0 with the machine. */
int64_t slirp_clock_get_ns(void *opaque)
{
	const struct slirp_shard *shard = opaque;

	return (int64_t)(now_ns() - shard->net->clock.epoch_ns);
}

/* libslirp has one kind of timer, and only one timer of it. */
void *slirp_clock_timer_new(SlirpTimerId id, void *cb_opaque, void *opaque)
{
	struct slirp_shard *shard = opaque;
	struct slirp_net *net = shard->net;

	if (slirp_shard_index(shard))
		return &shard->no_timer_ms;
	net->clock.timer_id = id;
	net->clock.timer_opaque = cb_opaque;
	net->clock.timer_ms = 0;
	return &net->clock.timer_ms;
}

void slirp_clock_timer_free(void *timer, void *opaque)
{
	(void)opaque;
	*(uint64_t *)timer = 0;
}

void slirp_clock_timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
	(void)opaque;
	*(uint64_t *)timer = (uint64_t)expire_ms;
}

uint64_t slirp_clock_deadline(const struct slirp_net *net)
{
	if (!net->clock.timer_ms)
		return UINT64_MAX;
	return net->clock.epoch_ns + net->clock.timer_ms * NSEC_PER_MSEC;
}

void slirp_clock_run(struct slirp_net *net)
{
	if (net->now_ns < slirp_clock_deadline(net))
		return;
	net->clock.timer_ms = 0;
	slirp_handle_timer(net->shards.list[0].slirp, net->clock.timer_id,
			   net->clock.timer_opaque);
}
