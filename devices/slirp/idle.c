/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/idle.h"

#include "devices/slirp/fds.h"
#include "devices/slirp/info.h"
#include "devices/slirp/internal.h"

/* For how long nothing must happen before libslirp is asked, which takes some
 * microseconds for each connection; and how long to wait before it is asked
 * again. */
#define LOOK_NS (2 * NSEC_PER_SEC)

/* If libslirp asks to be called earlier than after a tick, in milliseconds, it
 * has delayed an acknowledgement. */
enum { TICK_MS = 499 };

static void look(struct slirp_shard *shard)
{
	uint64_t now = shard->net->now_ns;

	if (shard->idle.idle || now - shard->idle.since_ns < LOOK_NS)
		return;
	shard->idle.since_ns = now;
	shard->idle.idle = slirp_info_quiet(shard);
}

void slirp_idle_look(struct slirp_net *net)
{
	for (unsigned i = 0; i < net->shards.n; i++)
		look(&net->shards.list[i]);
}

uint64_t slirp_idle_deadline(const struct slirp_shard *shard)
{
	/* libslirp always asks to be called, even if it has only listening
	 * sockets. */
	if (!shard->live || (shard->idle.idle && shard->timeout_ms >= TICK_MS))
		return UINT64_MAX;
	return shard->filled_ns + shard->timeout_ms * NSEC_PER_MSEC;
}

uint64_t slirp_idle_first_deadline(const struct slirp_net *net)
{
	uint64_t deadline = UINT64_MAX;

	for (unsigned i = 0; i < net->shards.n; i++)
		deadline = MIN(deadline,
			       slirp_idle_deadline(&net->shards.list[i]));
	return deadline;
}
