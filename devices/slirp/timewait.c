/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timewait.c - makes libslirp forget connections that are over, and not earlier
 *
 * If the host's side has ended a connection first, libslirp keeps it for ten
 * more seconds, because its last acknowledgement might get lost.  But nothing
 * gets lost on the way to the guest, and a client that opens one connection
 * after the other would soon use up all descriptors.  So libslirp gets the
 * reset that the guest would answer with if that acknowledgement came a second
 * time, and forgets the connection.
 *
 * If the guest has ended a connection first, libslirp forgets it by itself, as
 * soon as the guest has acknowledged the FIN of the host's side.  So libslirp
 * does not get that acknowledgement, but the reset in its place.
 *
 * A reset also throws away data that the host's peer hasn't read yet.  Before
 * each wait libslirp says for which sockets it has such data; connections that
 * have these sockets, or may have them (pairing.c), are not reset yet.  And a
 * connection is not reset any more once its ports are used again.
 *
 * libslirp also throws such data away by itself, ten seconds after the guest's
 * FIN.  So if the host's side has ended first, the FIN is taken off the guest's
 * segment, and libslirp gets it only when everything before it is written.  If
 * that takes until the next wait, the guest gets an acknowledgement of its FIN,
 * so that it does not give up.  From then on libslirp gets nothing more from
 * the guest for that connection.
 *
 * A connection is leaving (conntrack.h) from when it is over, or its FIN was
 * taken off, until libslirp has got the reset or the FIN.
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
#include "devices/slirp/timewait.h"

#include "base/count.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/window.h"

static void give(struct slirp_net *net, const struct flow *flow,
		 const struct tcp_frame *frame)
{
	uint8_t out[TCP_FRAME_MAX] = { 0 };

	slirp_stack_input(slirp_shard_of(net, flow), out,
			  tcp_frame_write(frame, out));
}

/* A segment of @flow to libslirp, with the ports that libslirp knows. */
static struct tcp_frame to_slirp(const struct flow *flow,
				 struct tcp_route *route)
{
	*route = tcp_route_back(&flow->to_guest);
	route->from_port = flow->port;
	route->to_port = flow->peer_port;
	return tcp_frame_on(route);
}

void slirp_timewait_reset(struct slirp_net *net, const struct flow *flow)
{
	struct tcp_route route;
	struct tcp_frame f = to_slirp(flow, &route);

	/* While libslirp has only sent its SYN, it obeys a reset only if that
	 * acknowledges the SYN. */
	f.seq = flow->expected;
	f.ack = flow->next;
	f.flags = TCP_RST | TCP_ACK;
	give(net, flow, &f);
}

static void give_end(struct slirp_net *net, const struct flow *flow)
{
	struct tcp_route route;
	struct tcp_frame f = to_slirp(flow, &route);

	f.seq = flow->end_seq;
	f.ack = flow->end_ack;
	f.window = flow->end_window;
	f.flags = TCP_FIN | TCP_ACK;
	give(net, flow, &f);
}

/* Whether libslirp has everything before the FIN that was taken off @flow. */
static bool is_end_next(const struct flow *flow)
{
	return flow->known && flow->expected == flow->end_seq;
}

/* Acknowledge the guest's FIN. */
static void acknowledge_end(struct slirp_net *net, const struct flow *flow)
{
	struct tcp_frame f = tcp_frame_on(&flow->to_guest);
	uint8_t out[TCP_FRAME_MAX];

	f.seq = flow->end_ack;
	f.ack = flow->end_seq + 1;
	f.flags = TCP_ACK;
	slirp_stack_deliver(net, out, tcp_frame_write(&f, out));
}

/* Give libslirp the reset or the FIN of this connection.  It gets a FIN only
 * after everything before it; otherwise the guest sends that again, with the
 * FIN. */
static void settle(struct slirp_net *net, struct flow *flow)
{
	enum flow_leave how = flow->leave;

	conntrack_stay(&net->firewall.conntrack, flow);
	if (how == LEAVE_RESET) {
		slirp_timewait_reset(net, flow);
		count_add(&net->left, 1);
	} else if (is_end_next(flow)) {
		give_end(net, flow);
	}
}

void slirp_timewait_note(struct slirp_net *net, struct flow *flow)
{
	conntrack_leave(&net->firewall.conntrack, flow, LEAVE_RESET);
}

void slirp_timewait_refuse(struct slirp_shard *shard,
			   const struct packet *packet)
{
	struct conntrack *ct = &shard->net->firewall.conntrack;
	struct flow *flow = conntrack_get(ct, packet, false);

	flow->shard = (uint16_t)slirp_shard_index(shard);
	flow->next = get_be32(packet->payload + 4) + 1;
	if (conntrack_leave(ct, flow, LEAVE_RESET))
		flow->unwritten = false;
}

void slirp_timewait_renew(struct slirp_net *net, struct flow *flow,
			  bool from_guest)
{
	if (flow->leave == LEAVE_END && from_guest)
		settle(net, flow);
	conntrack_stay(&net->firewall.conntrack, flow);
}

/* If libslirp would begin to forget the connection by the FIN of @packet, take
 * the FIN off and keep it. */
static void hold_end(struct slirp_net *net, const struct packet *packet)
{
	struct flow *flow = packet->flow;
	uint8_t *tcp = packet->payload;

	if (!flow->host_ended || flow->guest_first ||
	    !conntrack_leave(&net->firewall.conntrack, flow, LEAVE_END))
		return;
	flow->end_seq =
		get_be32(tcp + 4) +
		(uint32_t)(packet->payload_len - packet_tcp_header(packet));
	flow->end_ack = get_be32(tcp + 8);
	flow->end_window = get_be16(tcp + 14);
	packet_put(tcp + 16, tcp + 12, get_be16(tcp + 12) & (uint16_t)~TCP_FIN);
}

bool slirp_timewait_hold(struct slirp_net *net, const struct packet *packet)
{
	struct conntrack *ct = &net->firewall.conntrack;
	struct flow *flow = packet->flow;
	bool fin = packet->payload[13] & TCP_FIN;

	if (flow->deaf) {
		/* The guest may not know that its FIN has come already. */
		if (flow->leave == LEAVE_END && fin)
			acknowledge_end(net, flow);
		return true;
	}
	if (fin)
		hold_end(net, packet);
	if (!conntrack_last(packet) || !conntrack_leave(ct, flow, LEAVE_RESET))
		return false;
	flow->deaf = true;
	return true;
}

void slirp_timewait_ask(struct slirp_net *net)
{
	struct conntrack *ct = &net->firewall.conntrack;

	for (unsigned i = 0; i < ct->n_leaving; i++)
		if (net->shards.touched &
		    slirp_shard_bit(slirp_shard_of(net, ct->leaving[i])))
			ct->leaving[i]->unwritten = false;
}

/* Whether @flow may be the connection that has the socket @fd.  @port is its
 * peer's port; 0: it has none; -1: not looked up yet. */
static bool may_have(const struct flow *flow, int fd, int port)
{
	if (flow->fd >= 0)
		return flow->fd == fd;
	return port == 0 || flow->peer_port == port;
}

void slirp_timewait_keep(struct slirp_net *net, int fd)
{
	struct conntrack *ct = &net->firewall.conntrack;
	int port = ct->n_leaving ? slirp_peer_port(fd) : -1;

	for (unsigned i = 0; i < ct->n_leaving; i++)
		if (may_have(ct->leaving[i], fd, port))
			ct->leaving[i]->unwritten = true;
}

/* Data is left to be written before the FIN of @flow.  libslirp gets the FIN
 * after that, without help from the guest. */
static void keep_end(struct slirp_net *net, struct flow *flow)
{
	if (flow->leave != LEAVE_END || flow->deaf || !is_end_next(flow))
		return;
	flow->deaf = true;
	acknowledge_end(net, flow);
}

bool slirp_timewait_close(struct slirp_net *net)
{
	struct conntrack *ct = &net->firewall.conntrack;
	bool any = false;

	for (unsigned i = ct->n_leaving; i-- > 0;) {
		/* libslirp may send something meanwhile, which may remove
		 * others, too. */
		if (i >= ct->n_leaving)
			continue;
		if (ct->leaving[i]->unwritten) {
			keep_end(net, ct->leaving[i]);
			continue;
		}
		settle(net, ct->leaving[i]);
		any = true;
	}
	return any;
}

/* ---- Half-closed connections whose guest is gone. ---- */

/* Connections whose FIN is kept back must not look idle to libslirp. */
static void feed(struct slirp_net *net)
{
	const struct conntrack *ct = &net->firewall.conntrack;

	for (unsigned i = 0; i < ct->n_leaving; i++) {
		const struct flow *flow = ct->leaving[i];
		struct tcp_route route;
		struct tcp_frame ack = to_slirp(flow, &route);

		if (flow->leave != LEAVE_END || !flow->deaf)
			continue;
		ack.seq = flow->end_seq;
		ack.ack = flow->end_ack;
		ack.window = flow->end_window;
		ack.flags = TCP_ACK;
		give(net, flow, &ack);
	}
}

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
	feed(net);
	net->keepalive_ns = 0;
}

uint64_t slirp_keepalive_deadline(struct slirp_net *net)
{
	const struct conntrack *ct = &net->firewall.conntrack;

	if (!net->keepalive_ns && (ct->half_closed || ct->n_leaving))
		net->keepalive_ns = net->now_ns + KEEPALIVE_NS;
	return net->keepalive_ns ? net->keepalive_ns : UINT64_MAX;
}
