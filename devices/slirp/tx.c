/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/tx.h"

#include <string.h>

#include "base/count.h"
#include "base/iov.h"
#include "devices/firewall/checksum.h"
#include "devices/slirp/instance.h"
#include "devices/slirp/internal.h"
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

/* Give libslirp the marker (libslirp_faults.h), before @packet, whose flow
 * wants one, is passed on.  It has the packet's acknowledgement and window, so
 * the only news in it is its FIN, which libslirp queues. */
static void give_marker(struct slirp_net *net, const struct packet *packet)
{
	struct tcp_frame f = tcp_frame_along(packet);
	uint8_t frame[TCP_FRAME_MAX] = { 0 };

	f.seq = MARKER_SEQ;
	f.ack = get_be32(packet->payload + 8);
	f.window = get_be16(packet->payload + 14);
	f.flags = TCP_FIN | TCP_ACK;
	packet->flow->faults.marker = MARKER_QUEUED;
	slirp_stack_input(slirp_shard_of(net, packet->flow), frame,
			  tcp_frame_write(&f, frame));
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
		give_marker(net, p);
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

/* ---- What net-rx waits for. ---- */

/* libslirp has nothing queued any more. */
static void forget_flows(struct conntrack *ct)
{
	if (ct->held)
		conntrack_clear(ct);
}

uint64_t slirp_tx_prepare(struct slirp_net *net)
{
	uint64_t deadline;

	slirp_shards_accept(net);
	slirp_poll_fill(net);
	while (slirp_timewait_close(net))
		slirp_poll_fill(net);
	slirp_deliver_done(net);
	slirp_watch_own_begin(net);
	slirp_forwards_poll(net);
	slirp_watch_own_end(net);
	if (!slirp_fds_any(net))
		forget_flows(&net->firewall.conntrack);
	deadline = slirp_forwards_deadline(net);
	deadline = MIN(deadline, slirp_idle_first_deadline(net));
	deadline = MIN(deadline, slirp_deliver_deadline(net));
	deadline = MIN(deadline, slirp_clock_deadline(net));
	deadline = MIN(deadline, slirp_keepalive_deadline(net));
	deadline = MIN(deadline, slirp_probes_deadline(net));
	deadline = MIN(deadline, slirp_fds_deadline(net));
	deadline = MIN(deadline, slirp_services_deadline(net));
	deadline = MIN(deadline, udp_nat_deadline(&net->udp));
	deadline = MIN(deadline, guest_addr_deadline(&net->guest));
	return MIN(deadline, slirp_burnin_deadline(net));
}

/* ---- In the place of net-rx, while that sleeps. ---- */

static void wake(struct slirp_net *net)
{
	count_add(&net->tx.wakes, 1);
	netdev_rx_room(&net->dev);
}

/* Whether net-rx may sleep for as long as it meant to. */
static bool is_settled(struct slirp_net *net)
{
	uint64_t deadline = slirp_tx_prepare(net);

	return frame_ring_sleep(&net->tx.ring) &&
	       deadline >= net->loop.deadline_ns;
}

/* Handle the events for which net-rx would wake up at once.  True if there were
 * any. */
static bool take_what_is_there(struct slirp_net *net)
{
	if (!slirp_watch_look(net))
		return false;
	slirp_poll_tell(net);
	slirp_udp_receive(net);
	slirp_watch_done(net);
	slirp_deliver_done(net);
	return true;
}

static void settle(struct slirp_net *net)
{
	bool settled = is_settled(net);

	if (take_what_is_there(net))
		settled = is_settled(net);
	/* It waits for more events, or fewer, while it goes on sleeping. */
	if (slirp_watch_commit(net) && settled)
		return;
	net->loop.deadline_ns = 0;
	wake(net);
}

/* If net-rx sleeps, do what it would do with the frames in the ring.  Wake it
 * if it now would have to wait for something else. */
static void pass_on(struct slirp_net *net)
{
	if (pthread_mutex_trylock(&net->loop.lock) != 0) {
		/* It may be just about to sleep. */
		wake(net);
		return;
	}
	net->now_ns = now_ns();
	/* This tells libslirp the time; net-rx may have slept for long. */
	slirp_poll_tell(net);
	slirp_input_take(net);
	/* Unless net-rx was woken before and is on its way. */
	if (net->loop.deadline_ns)
		settle(net);
	pthread_mutex_unlock(&net->loop.lock);
}

/* ---- From the card into the ring. ---- */

static struct slirp_net *to_net(struct netdev *dev)
{
	return (struct slirp_net *)(void *)dev;
}

static enum netdev_tx bad(struct slirp_net *net)
{
	count_add(&net->tx.bad, 1);
	return NETDEV_BAD;
}

static void hand_on(struct slirp_net *net)
{
	if (net->tx.sending)
		pass_on(net);
	net->tx.sending = false;
}

enum netdev_tx slirp_tx(struct netdev *dev, const struct iovec *iov, unsigned n,
			const struct netdev_offload *offload)
{
	struct slirp_net *net = to_net(dev);
	size_t len = ether_length(iov, n);
	uint8_t *frame;

	if (!len)
		return bad(net);
	frame = frame_ring_put(&net->tx.ring, len);
	if (!frame) {
		count_add(&net->tx.full, 1);
		return NETDEV_FULL;
	}
	iov_gather(frame, len, iov, n);
	if (offload->checksum &&
	    checksum_complete(frame, len, offload->csum_start,
			      offload->csum_offset) < 0)
		return bad(net);
	if (frame_ring_put_end(
		    &net->tx.ring,
		    (struct frame_head){ (uint32_t)len, offload->segment }))
		net->tx.sending = true;
	/* The guest may be waiting for an answer to the first frame, so that is
	 * passed on at once; the others follow together. */
	if (!net->tx.sent)
		hand_on(net);
	net->tx.sent = true;
	return NETDEV_SENT;
}

void slirp_tx_done(struct netdev *dev)
{
	struct slirp_net *net = to_net(dev);

	hand_on(net);
	net->tx.sent = false;
}
