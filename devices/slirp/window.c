/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * window.c - larger TCP windows for what the guest sends
 *
 * libslirp announces at most 64 KiB, so guest and host would work by turns: the
 * one waits for the window that the other has yet to empty.  But libslirp has
 * room for 128 KiB in each connection.  So window scaling (RFC 7323) is
 * negotiated with the guest, in libslirp's place, and the guest is promised a
 * larger window:
 *
 * - As libslirp does not say how much it has buffered, the promise is counted
 *   from a sequence number at which it had nothing to write to the host's
 *   socket.  From there on there is room for ROOM bytes whatever the host's
 *   reader does.  So libslirp's acknowledgement of a segment is held while
 *   libslirp is asked what it waits for.
 * - libslirp's arithmetic fails if it gets data beyond the window that it has
 *   announced itself.  Below ROOM it would announce that window if it were
 *   asked.  So it is asked first, by a segment that it has had already, as it
 *   acknowledges those at once.
 *
 * The windows that the guest announces are given to libslirp unscaled; it has
 * no use for more than 65,535 bytes.
 */
#include "devices/slirp/window.h"

#include <string.h>

#include "devices/slirp/internal.h"
#include "devices/slirp/poll.h"
#include "devices/slirp/shard.h"

enum {
	/* The length of the option for it, and with padding. */
	SCALE_LEN = 3,
	SCALE_ROOM = 4,
	SHIFT_MAX = 14,
	/* How much libslirp surely takes, and announces, when its buffer of 128
	 * KiB is empty.  It does not announce less than a segment of the
	 * largest size. */
	ROOM = 128 * 1024 - 16384,
	/* A promise that goes so far is not renewed. */
	ENOUGH = ROOM - 16384,
};

void slirp_window_learn(const struct packet *packet)
{
	struct flow *flow = packet->flow;
	bool answers = packet->payload[13] & TCP_ACK;
	const uint8_t *option = packet_tcp_option(packet, TCP_OPTION_SCALE);

	/* If it is sent again, its options were cleared (firewall.h). */
	if (flow_is_old(flow, get_be32(packet->payload + 4)))
		return;
	/* The guest may only answer an offer. */
	flow->scale.offered = option && option[1] == SCALE_LEN &&
			      (!answers || flow->scale.offered);
	flow->scale.agreed = answers && flow->scale.offered;
	if (flow->scale.offered)
		flow->scale.shift = MIN(option[2], (uint8_t)SHIFT_MAX);
}

/* Have libslirp acknowledge what it has, by a segment before the next sequence
 * number.  @p: the segment that is to come next. */
static void ask(struct slirp_net *net, const struct packet *p)
{
	struct tcp_frame f = tcp_frame_along(p);
	uint8_t frame[TCP_FRAME_MAX] = { 0 };

	f.seq = p->flow->expected - 1;
	f.ack = get_be32(p->payload + 8);
	f.window = get_be16(p->payload + 14);
	f.flags = TCP_ACK;
	slirp_stack_input(slirp_shard_of(net, p->flow), frame,
			  tcp_frame_write(&f, frame));
}

static bool is_within_window(const struct packet *p)
{
	uint32_t end = get_be32(p->payload + 4) +
		       (uint32_t)(p->payload_len - packet_tcp_header(p));

	end += !!(p->payload[13] & TCP_FIN);
	return (int32_t)(p->flow->edge - end) >= 0;
}

bool slirp_window_from(struct slirp_net *net, const struct packet *packet)
{
	const struct packet *p = packet;
	const struct flow *flow = p->flow;
	uint32_t window = get_be16(p->payload + 14);

	if (!flow->scale.agreed || (p->payload[13] & (TCP_SYN | TCP_RST)))
		return true;
	window = MIN(window << flow->scale.shift, (uint32_t)UINT16_MAX);
	packet_put(p->payload + 16, p->payload + 14, (uint16_t)window);
	if (!flow->known || is_within_window(p))
		return true;
	ask(net, p);
	return is_within_window(p);
}

/* ---- To the guest. ---- */

static void offer(struct packet *p, uint8_t room[SLIRP_SYN_MAX])
{
	size_t header = packet_tcp_header(p);
	const uint8_t option[SCALE_ROOM] = { TCP_OPTION_NONE, TCP_OPTION_SCALE,
					     SCALE_LEN, SLIRP_WINDOW_SHIFT };

	if (p->payload_len != header || p->len + SCALE_ROOM > SLIRP_SYN_MAX ||
	    header + SCALE_ROOM > 60)
		return;
	memcpy(room, p->frame, p->len);
	packet_move(p, room);
	memcpy(p->payload + header, option, sizeof(option));
	p->payload[12] = (uint8_t)((header + SCALE_ROOM) / 4 << 4);
	packet_resize_tcp(p, header + SCALE_ROOM);
}

/* A connection begins. */
static void begin(struct packet *p, uint8_t room[SLIRP_SYN_MAX])
{
	struct flow_scale *scale = &p->flow->scale;
	bool answers = p->payload[13] & TCP_ACK;

	if (answers)
		scale->agreed = scale->offered;
	else
		*scale = (struct flow_scale){ .offered = true };
	scale->promises = false;
	if (scale->offered)
		offer(p, room);
}

static void promise(struct flow_scale *scale, uint32_t edge)
{
	if (!scale->promises || (int32_t)(edge - scale->edge) > 0)
		scale->edge = edge;
	scale->promises = true;
}

static void put_window(const struct packet *p)
{
	packet_put(p->payload + 16, p->payload + 14,
		   slirp_window_field(p->flow));
}

bool slirp_window_to(struct slirp_net *net, struct packet *packet,
		     uint8_t room[SLIRP_SYN_MAX])
{
	struct packet *p = packet;
	struct slirp_held_ack *held = &net->held_ack;
	uint8_t flags = p->payload[13];

	if (flags & TCP_SYN)
		begin(p, room);
	if ((flags & (TCP_SYN | TCP_RST | TCP_ACK)) != TCP_ACK ||
	    !p->flow->scale.agreed)
		return true;
	promise(&p->flow->scale, p->flow->edge);
	put_window(p);
	if (p->flow != held->flow || flags != TCP_ACK ||
	    p->payload_len != TCP_HEADER || p->len > sizeof(held->frame) ||
	    slirp_window_promised(p->flow) >= ENOUGH)
		return true;
	memcpy(held->frame, p->frame, p->len);
	held->packet = *p;
	packet_move(&held->packet, held->frame);
	held->holds = true;
	return false;
}

void slirp_window_begin(struct slirp_net *net, struct flow *flow)
{
	net->held_ack.flow = flow && flow->scale.agreed ? flow : NULL;
	net->held_ack.holds = false;
}

/* Whether libslirp has nothing to write to the socket of @flow. */
static bool is_written(const struct slirp_net *net, const struct flow *flow)
{
	return flow->fd >= 0 &&
	       !(net->watches.list[flow->fd].wanted & EPOLLOUT);
}

void slirp_window_end(struct slirp_net *net)
{
	struct slirp_held_ack *held = &net->held_ack;
	struct flow *flow = held->flow;

	held->flow = NULL;
	/* It may have been reset since. */
	if (!held->holds || !flow->scale.agreed)
		return;
	slirp_poll_ask(slirp_shard_of(net, flow));
	if (is_written(net, flow)) {
		promise(&flow->scale, flow->expected + ROOM);
		put_window(&held->packet);
	}
	slirp_stack_deliver(net, held->frame, held->packet.len);
}
