/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/input.h"

#include <string.h>

#include "base/count.h"
#include "devices/slirp/deal.h"
#include "devices/slirp/inject.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/marker.h"
#include "devices/slirp/mss.h"
#include "devices/slirp/poll.h"
#include "devices/slirp/tftp_service.h"
#include "devices/slirp/timewait.h"
#include "devices/slirp/udp.h"
#include "devices/slirp/window.h"

/* For how long frames are taken from the ring before sockets are served.  Some
 * frames take much longer than others. */
#define BATCH_NS NSEC_PER_MSEC
/* How often the address of a guest that sends all the time is looked at. */
#define SENDER_NS NSEC_PER_SEC

/* ---- Packets that the firewall lets through. ---- */

/* Whether the last packet had the same sender, and came a short time ago. */
static bool is_same_sender(const struct slirp_net *net, const struct packet *p)
{
	const struct slirp_neighbour *last = &net->sender;

	return slirp_neighbour_is(last, p) &&
	       net->now_ns - last->told_ns < SENDER_NS;
}

void slirp_input_moved(struct slirp_net *net)
{
	slirp_forwards_follow(net);
	slirp_probes_hurry(net);
}

static void note_sender(struct slirp_net *net, const struct packet *p)
{
	slirp_neighbour_note(&net->sender, p);
	net->sender.told_ns = net->now_ns;
	if (slirp_forwards_learn(net, p))
		slirp_input_moved(net);
}

/* A connection begins.  False: it may not, or this segment of it is sent
 * again. */
static bool begin(struct slirp_net *net, const struct packet *p)
{
	if (!(p->payload[13] & TCP_ACK) &&
	    (slirp_udp_lacks_resolver(net, p) || !slirp_fds_admit(net, p)))
		return false;
	slirp_timewait_renew(net, p->flow, true);
	if (!(p->payload[13] & TCP_ACK))
		slirp_shard_deal(net, p->flow);
	slirp_mss_note(p);
	slirp_window_learn(p);
	return true;
}

/* Pass on a TCP packet; @segment: it may be larger than libslirp takes. */
static void pass_tcp(struct slirp_net *net, const struct packet *p,
		     bool segment)
{
	struct flow *flow = p->flow;

	if (flow && (p->payload[13] & TCP_SYN) && !begin(net, p))
		return;
	slirp_neighbour_tell(slirp_shard_of(net, flow), p);
	if (flow && net->aliases.any)
		slirp_alias_from(p);
	if (flow && !slirp_window_from(net, p)) {
		count_add(&net->firewall.dropped[DROP_ORDER], 1);
		return;
	}
	if (flow && flow->mss)
		slirp_mss_tell(net, p);
	if (flow && flow_is_ending(flow) && slirp_timewait_hold(net, p))
		return;
	if (flow && flow->faults.marker == MARKER_WANTED)
		slirp_marker_give(net, p);
	slirp_window_begin(net, flow);
	/* libslirp takes IPv4 packets of any size. */
	if (!segment || p->addr_len == 4 || !slirp_mss_cut(net, p))
		slirp_stack_input_of(net, p, p->frame, p->len);
	slirp_window_end(net);
}

static bool is_to_dhcp(const struct packet *p)
{
	return p->ethertype == ETHERTYPE_IPV4 && p->protocol == PROTOCOL_UDP &&
	       get_be16(p->payload + 2) == DHCP_SERVER_PORT;
}

static void pass_other(struct slirp_net *net, const struct packet *p)
{
	if (slirp_tftp_take(net, p) || slirp_udp_take(net, p))
		return;
	if (is_to_dhcp(p))
		dhcp_leases_from(&net->leases, p);
	slirp_neighbour_tell(&net->shards.list[0], p);
	slirp_neighbour_share(net, p);
	slirp_stack_input_of(net, p, p->frame, p->len);
}

/* ---- Frames from the ring. ---- */

static void input(struct slirp_net *net, uint8_t *frame,
		  const struct frame_head *head)
{
	struct packet p;
	enum firewall_verdict verdict;

	count_add(&net->tx.frames, 1);
	count_add(&net->tx.bytes, head->len);
	if (net->capture)
		slirp_capture(net, false, frame, head->len);
	if (net->probes.open && slirp_probes_take(net, frame, head->len))
		return;
	verdict = firewall_judge(&net->firewall, &p, frame, head->len,
				 net->now_ns);
	if (verdict == FIREWALL_REJECT)
		slirp_reject(net, &p);
	if (verdict != FIREWALL_PASS)
		return;
	if (!is_same_sender(net, &p))
		note_sender(net, &p);
	if (p.protocol == PROTOCOL_TCP)
		pass_tcp(net, &p, head->segment);
	else
		pass_other(net, &p);
}

/* Take frames from the ring.  True if there were any. */
static bool take_frames(struct slirp_net *net)
{
	uint64_t until = now_ns() + BATCH_NS;
	struct frame_head head;
	uint8_t *frame;
	bool any = false;

	while (!slirp_loop_is_ending(&net->loop) &&
	       (frame = frame_ring_take(&net->tx.ring, &head))) {
		input(net, frame, &head);
		if (frame_ring_take_end(&net->tx.ring))
			net->nic.tx_room(net->nic.arg);
		any = true;
		if (now_ns() >= until)
			break;
	}
	return any;
}

void slirp_input_take(struct slirp_net *net)
{
	/* libslirp answers what it was given only when it is called here, even
	 * if no socket is ready. */
	if (take_frames(net))
		slirp_poll_tell(net);
	slirp_burnin(net);
	slirp_deliver_done(net);
}
