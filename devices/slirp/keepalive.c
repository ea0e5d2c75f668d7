/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keepalive.c - asks the guest whether it still has half-closed connections
 *
 * A connection that one side has ended may be silent for long: for example, the
 * host has sent its request, and the guest works on it.  libslirp closes such a
 * connection after eleven minutes without a segment if the host's side has
 * ended it.  If the guest has ended it, libslirp keeps it for ever, even when
 * the guest is long gone.  So a guest that sends nothing in such a connection
 * for a minute is asked whether it still has it, by a segment that it has had
 * already (RFC 9293, 3.8.4).  The answer restarts libslirp's eleven minutes, or
 * is a reset.  A guest that does not answer nine times is gone, and libslirp
 * gets a reset from here.
 */
#include "devices/slirp/keepalive.h"

#include "base/count.h"
#include "devices/firewall/tcp_frame.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/timewait.h"
#include "devices/slirp/window.h"

#define KEEPALIVE_NS (60 * NSEC_PER_SEC)

enum { KEEPALIVE_MAX = 9 };

/* Send the guest a segment before the next sequence number, which it has had
 * already. */
static void ask(struct slirp_net *net, const struct flow *flow)
{
	struct tcp_frame f = tcp_frame_on(&flow->to_guest);
	uint8_t out[TCP_FRAME_MAX];

	f.seq = flow->next - 1;
	f.ack = flow->expected;
	f.flags = TCP_ACK;
	f.window = slirp_window_field(flow);
	slirp_stack_deliver(net, out, tcp_frame_write(&f, out));
	count_add(&net->keepalives, 1);
}

static bool on_quiet(void *arg, struct flow *flow)
{
	struct slirp_net *net = arg;

	if (flow->quiet <= KEEPALIVE_MAX + 1) {
		ask(net, flow);
		return false;
	}
	slirp_timewait_reset(net, flow);
	return true;
}

void slirp_keepalive(struct slirp_net *net)
{
	if (!net->keepalive_ns || net->now_ns < net->keepalive_ns)
		return;
	conntrack_walk(&net->firewall.conntrack, on_quiet, net);
	slirp_timewait_feed(net);
	net->keepalive_ns = 0;
}

uint64_t slirp_keepalive_deadline(struct slirp_net *net)
{
	const struct conntrack *ct = &net->firewall.conntrack;

	if (!net->keepalive_ns && (ct->half_closed || ct->n_leaving))
		net->keepalive_ns = net->now_ns + KEEPALIVE_NS;
	return net->keepalive_ns ? net->keepalive_ns : UINT64_MAX;
}
