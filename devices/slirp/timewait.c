/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timewait.c - connections that are over leave libslirp at once, and not
 * before
 *
 * libslirp keeps one that the host's side has ended first for ten seconds,
 * lest its last acknowledgement should get lost.  On the way to the guest
 * nothing gets lost, and a client that opens one connection after the other
 * would soon have all the descriptors there are.  So libslirp is given the
 * reset by which the guest would answer that acknowledgement if it came a
 * second time, and forgets the connection.
 *
 * One that the guest has ended first libslirp forgets by itself, as soon as the
 * guest has acknowledged the end of the host's side.  So it doesn't see that
 * acknowledgement, but gets the reset in its place.
 *
 * A reset also throws away what the host's peer hasn't read yet.  Before each
 * poll(2) libslirp says for which sockets it has such data; those, and what
 * can't be told from them (pairing.c), have to wait.  And a connection is not
 * reset any more once its ports are used anew.
 *
 * By itself, too, libslirp throws such data away, after those ten seconds. They
 * begin with the guest's end, so libslirp gets that only when all before it is
 * written.  The guest is told at once that its end has come, lest it should
 * give up, and from then on has nothing to say in that connection.
 */
#include "devices/slirp/timewait.h"

#include <string.h>

#include "base/count.h"
#include "devices/slirp/input.h"
#include "devices/slirp/internal.h"

/* Of @packet, the guest's address and port and then its peer's. */
static struct slirp_timewait_ends ends_of(const struct packet *packet,
					  bool from_guest)
{
	size_t len = packet->addr_len;
	size_t guest = from_guest ? 0 : 1, peer = 1 - guest;
	struct slirp_timewait_ends ends = { .addr_len = (uint32_t)len };

	memcpy(ends.addrs, packet->addrs + guest * len, len);
	memcpy(ends.addrs + len, packet->addrs + peer * len, len);
	ends.port = get_be16(packet->payload + 2 * guest);
	ends.peer_port = get_be16(packet->payload + 2 * peer);
	return ends;
}

/* What is kept, for now, of the connection of @packet. */
static struct slirp_timewait
over_of(struct slirp_net *net, const struct packet *packet, bool from_guest)
{
	return (struct slirp_timewait){
		.ends = ends_of(packet, from_guest),
		.fd = conntrack_fd(&net->firewall.order, packet, from_guest),
		.peer_port = conntrack_peer_port(&net->firewall.order, packet,
						 from_guest),
		.keep = true,
	};
}

/* NULL when there are too many: those have ten seconds. */
static struct slirp_timewait *note(struct slirp_net *net,
				   const struct packet *packet)
{
	struct slirp_timewait *over;

	if (net->n_over == OVER_MAX)
		return NULL;
	over = &net->over[net->n_over++];
	*over = over_of(net, packet, false);
	reject_tcp(packet, over->frame);
	return over;
}

void slirp_timewait_note(struct slirp_net *net, const struct packet *packet)
{
	note(net, packet);
}

void slirp_timewait_refuse(struct slirp_net *net, const struct packet *packet)
{
	struct slirp_timewait *over = note(net, packet);

	if (over)
		over->keep = false;
}

/* What there is of the connection of @packet, from the guest; or NULL. */
static struct slirp_timewait *find(struct slirp_net *net,
				   const struct packet *packet)
{
	struct slirp_timewait_ends ends;

	if (!net->n_over)
		return NULL;
	ends = ends_of(packet, true);
	for (unsigned i = 0; i < net->n_over; i++)
		if ((net->over[i].held || net->over[i].end) &&
		    memcmp(&ends, &net->over[i].ends, sizeof(ends)) == 0)
			return &net->over[i];
	return NULL;
}

/* Tell the guest that its end has come. */
static void acknowledge_end(struct slirp_net *net, const struct packet *end)
{
	struct tcp_route to_libslirp = tcp_route_of(end);
	struct tcp_route to_guest = tcp_route_back(&to_libslirp);
	struct tcp_frame f = tcp_frame_on(&to_guest);
	uint8_t out[TCP_FRAME_MAX];

	f.seq = get_be32(end->payload + 8);
	f.ack = get_be32(end->payload + 4) + 1;
	f.flags = TCP_ACK;
	slirp_stack_deliver(net, out, tcp_frame_write(&f, out));
}

/* Whether @packet is on its way to a connection about which libslirp is not to
 * hear more from the guest. */
static bool is_held(struct slirp_net *net, const struct packet *packet)
{
	const struct slirp_timewait *over = find(net, packet);

	if (!over || !over->held)
		return false;
	/* It may not have heard that this has come already. */
	if (over->end && (packet->payload[13] & TCP_FIN))
		acknowledge_end(net, packet);
	return true;
}

/* Take the end off @packet and keep it, if libslirp would begin to forget the
 * connection by it. */
static void hold_end(struct slirp_net *net, const struct packet *packet)
{
	struct slirp_timewait *over = find(net, packet);
	struct tcp_frame end = tcp_frame_along(packet);
	uint8_t *tcp = packet->payload;

	if ((!over && net->n_over == OVER_MAX) ||
	    !conntrack_ended(&net->firewall.order, packet))
		return;
	if (!over)
		over = &net->over[net->n_over++];
	*over = over_of(net, packet, true);
	over->end = true;
	end.seq = get_be32(tcp + 4) +
		  (uint32_t)(packet->payload_len - packet_tcp_header(packet));
	end.ack = get_be32(tcp + 8);
	end.window = get_be16(tcp + 14);
	end.flags = TCP_FIN | TCP_ACK;
	tcp_frame_write(&end, over->frame);
	packet_put(tcp + 16, tcp + 12, get_be16(tcp + 12) & (uint16_t)~TCP_FIN);
}

bool slirp_timewait_hold(struct slirp_net *net, const struct packet *packet)
{
	struct tcp_frame reset;
	struct slirp_timewait *over;

	if (is_held(net, packet))
		return true;
	if (packet->payload[13] & TCP_FIN)
		hold_end(net, packet);
	if (net->n_over == OVER_MAX ||
	    !conntrack_last(&net->firewall.order, packet))
		return false;
	over = &net->over[net->n_over++];
	*over = over_of(net, packet, true);
	over->held = true;
	reset = tcp_frame_along(packet);
	reset.seq = get_be32(packet->payload + 4);
	reset.flags = TCP_RST;
	tcp_frame_write(&reset, over->frame);
	return true;
}

void slirp_timewait_ask(struct slirp_net *net)
{
	for (unsigned i = 0; i < net->n_over; i++)
		net->over[i].keep = false;
}

/* Whether @over may be the connection that has the socket @fd, whose peer has
 * @port; 0: none, -1: not yet. */
static bool may_have(const struct slirp_timewait *over, int fd, int port)
{
	if (over->fd >= 0)
		return over->fd == fd;
	return port == 0 || over->peer_port == port;
}

void slirp_timewait_keep(struct slirp_net *net, int fd)
{
	int port = net->n_over ? slirp_peer_port(fd) : -1;

	for (unsigned i = 0; i < net->n_over; i++)
		if (may_have(&net->over[i], fd, port))
			net->over[i].keep = true;
}

static void remove_at(struct slirp_net *net, unsigned i)
{
	net->over[i] = net->over[--net->n_over];
}

/* Whether libslirp has all before the end that @over keeps. */
static bool is_next(struct slirp_net *net, const struct packet *end)
{
	return conntrack_distance(&net->firewall.order, end) == 0;
}

/* There is something to be written before the end that @over keeps: libslirp
 * gets that later, without the guest. */
static void keep_end(struct slirp_net *net, struct slirp_timewait *over)
{
	struct packet end;

	if (!over->end || over->held)
		return;
	packet_parse(&end, over->frame, REJECT_MAX);
	if (!is_next(net, &end))
		return;
	over->held = true;
	acknowledge_end(net, &end);
}

/* Give libslirp the frame of @over, which is not in the table any more; false
 * if it has yet to get what comes before: then the guest sends the end again.
 */
static bool give(struct slirp_net *net, struct slirp_timewait *over)
{
	struct packet p;

	packet_parse(&p, over->frame, REJECT_MAX);
	if (over->end && !is_next(net, &p))
		return false;
	slirp_stack_input(net, p.frame, p.len);
	if (!over->end)
		count_add(&net->left, 1);
	return true;
}

/* The guest has ended the connection of @packet, its next SYN there, and is
 * done with it. */
static void give_end(struct slirp_net *net, const struct packet *packet)
{
	const struct slirp_timewait *at = find(net, packet);
	struct slirp_timewait over;

	if (!at || !at->end)
		return;
	over = *at;
	remove_at(net, (unsigned)(at - net->over));
	give(net, &over);
}

void slirp_timewait_renew(struct slirp_net *net, const struct packet *packet,
			  bool from_guest)
{
	struct slirp_timewait_ends ends;

	if (!net->n_over || !(packet->payload[13] & TCP_SYN))
		return;
	if (from_guest)
		give_end(net, packet);
	ends = ends_of(packet, from_guest);
	for (unsigned i = net->n_over; i-- > 0;)
		if (memcmp(&ends, &net->over[i].ends, sizeof(ends)) == 0)
			remove_at(net, i);
}

bool slirp_timewait_close(struct slirp_net *net)
{
	bool any = false;

	for (unsigned i = net->n_over; i-- > 0;) {
		struct slirp_timewait over;

		/* libslirp may send meanwhile, and so remove some, too. */
		if (i >= net->n_over)
			continue;
		if (net->over[i].keep) {
			keep_end(net, &net->over[i]);
			continue;
		}
		over = net->over[i];
		remove_at(net, i);
		any |= give(net, &over);
	}
	return any;
}

void slirp_timewait_feed(struct slirp_net *net)
{
	struct tcp_frame ack;
	struct packet end;
	uint8_t out[TCP_FRAME_MAX];

	for (unsigned i = 0; i < net->n_over; i++) {
		if (!net->over[i].end || !net->over[i].held)
			continue;
		packet_parse(&end, net->over[i].frame, REJECT_MAX);
		ack = tcp_frame_along(&end);
		ack.seq = get_be32(end.payload + 4);
		ack.ack = get_be32(end.payload + 8);
		ack.window = get_be16(end.payload + 14);
		ack.flags = TCP_ACK;
		memset(out, 0, sizeof(out));
		slirp_stack_input(net, out, tcp_frame_write(&ack, out));
	}
}
