/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/idle.h"

#include "devices/slirp/fds.h"
#include "devices/slirp/info.h"
#include "devices/slirp/internal.h"

/* How long nothing has to happen before libslirp is asked, which takes some
 * microseconds for each connection; and how often it is asked then. */
#define LOOK_NS (2 * NSEC_PER_SEC)

/* libslirp asks for less than a tick, in milliseconds, only to send an
 * acknowledgement that it has delayed. */
enum { TICK_MS = 499 };

void slirp_idle_end(struct slirp_net *net)
{
	net->idle = (struct slirp_idle){ .since_ns = net->now_ns };
}

void slirp_idle_look(struct slirp_net *net)
{
	if (net->idle.idle || net->now_ns - net->idle.since_ns < LOOK_NS)
		return;
	net->idle.since_ns = net->now_ns;
	net->idle.idle = slirp_info_quiet(net);
}

uint64_t slirp_idle_deadline(const struct slirp_net *net, uint32_t timeout_ms)
{
	if (net->idle.idle && timeout_ms >= TICK_MS)
		return UINT64_MAX;
	return now_ns() + timeout_ms * NSEC_PER_MSEC;
}
