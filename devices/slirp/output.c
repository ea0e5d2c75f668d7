/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/output.h"

#include "devices/slirp/deliver.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/timewait.h"
#include "devices/slirp/window.h"

/* Whether another instance has the connection of @flow. */
static bool is_elsewhere(const struct slirp_shard *shard,
			 const struct flow *flow)
{
	return flow->shard != FLOW_NO_SHARD &&
	       flow->shard != slirp_shard_index(shard);
}

/* Each instance has sequence numbers of its own, so a connection may begin
 * below the end of the last one with the same ports.  A guest that has ended
 * that first remembers it for a minute, and would take this for an old segment
 * (RFC 9293, 3.6.1).  So it is told that the last one is gone. */
static void end_last(struct slirp_net *net, const struct packet *p)
{
	const struct flow *flow = p->flow;
	uint32_t seq = get_be32(p->payload + 4);
	struct tcp_frame f = tcp_frame_on(&flow->to_guest);
	uint8_t out[TCP_FRAME_MAX];

	/* It is the first, or this is sent again, or all is well. */
	if (!flow->next || flow->next == seq + 1 ||
	    (int32_t)(seq - flow->next) >= 0)
		return;
	f.seq = flow->next;
	f.flags = TCP_RST;
	slirp_stack_deliver(net, out, tcp_frame_write(&f, out));
}

/* One of the host's; whoever had one with the same ports has it no more.  If
 * that has ended long ago, libslirp answers the reset, which is then no part of
 * this connection. */
static void begin(struct slirp_shard *shard, const struct packet *p)
{
	const struct flow last = *p->flow;

	end_last(shard->net, p);
	p->flow->shard = (uint16_t)slirp_shard_index(shard);
	if (is_elsewhere(shard, &last))
		slirp_timewait_reset(shard->net, &last);
}

/* Change @p to what the guest may see, and learn from it.  False: the guest
 * must not get it. */
static bool pass_tcp(struct slirp_shard *shard, struct packet *p,
		     uint8_t room[SLIRP_SYN_MAX])
{
	struct slirp_net *net = shard->net;
	struct conntrack *ct = &net->firewall.conntrack;
	uint8_t flags = p->payload[13];

	if (net->aliases.any && !slirp_alias_to(net, p)) {
		slirp_timewait_refuse(shard, p);
		return false;
	}
	conntrack_to_flow(ct, p);
	if (p->flow && (flags & TCP_SYN)) {
		slirp_timewait_renew(net, p->flow, false);
		if (!(flags & TCP_ACK))
			begin(shard, p);
		slirp_pairing_to(shard, p);
	}
	if (p->flow && p->flow->shard == FLOW_NO_SHARD)
		p->flow->shard = (uint16_t)slirp_shard_index(shard);
	if (p->flow && is_elsewhere(shard, p->flow))
		return false;
	if (net->firewall.faults.has[FAULT_ZERO])
		libslirp_faults_learn(p);
	if (conntrack_to(ct, p))
		slirp_timewait_note(net, p->flow);
	return !p->flow || slirp_window_to(net, p, room);
}

/* Learn the guest's address from the answer to its DHCP request. */
static void learn_dhcp(struct slirp_net *net, const struct packet *p)
{
	dhcp_leases_to(&net->leases, p);
	guest_addr_to(&net->guest, p);
}

ssize_t slirp_send_packet(const void *buf, size_t len, void *opaque)
{
	struct slirp_shard *shard = opaque;
	struct slirp_net *net = shard->net;
	/* The buffer is libslirp's, which doesn't read it any more. */
	uint8_t *frame = (uint8_t *)(uintptr_t)buf;
	struct packet p;
	uint8_t room[SLIRP_SYN_MAX] UNINITIALIZED;
	bool good = packet_parse(&p, frame, len) == PACKET_OK;

	if (good && p.protocol == PROTOCOL_TCP) {
		if (pass_tcp(shard, &p, room))
			slirp_stack_cut(net, p.frame, p.len);
		return (ssize_t)len;
	}
	if (good && p.protocol == PROTOCOL_UDP &&
	    get_be16(p.payload) == DHCP_SERVER_PORT)
		learn_dhcp(net, &p);
	/* libslirp cuts large packets to fit the guest's MTU for IPv4 only. */
	slirp_stack_cut(net, buf, len);
	return (ssize_t)len;
}
