/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/tcp_queue.h"

#include <assert.h>

/* Whether what libslirp does not have yet of @len bytes from @seq on, and
 * perhaps an end, includes or ends before 0. */
static bool meets_zero(const struct flow *flow, uint32_t seq, uint32_t len,
		       bool fin)
{
	uint32_t old = flow->known ? flow->expected - seq : 0;

	if ((int32_t)old < 0)
		old = 0;
	if (old >= len + fin)
		return false;
	seq += old;
	len -= old;
	return len ? seq + len < len : seq == 0;
}

/* Whether libslirp gets it as it is, and takes no less of it. */
static bool stays_whole(const struct conntrack *ct, const struct packet *p,
			uint32_t end)
{
	return (p->addr_len == 4 || p->len - ETHER_HEADER <= ct->mtu) &&
	       (int32_t)(p->flow->edge - end) >= 0;
}

/* Whether it is sure that libslirp doesn't queue it, or only for a moment and
 * then doesn't expect 0. */
static bool is_taken_at_once(const struct conntrack *ct, const struct packet *p,
			     uint32_t end)
{
	const struct flow *flow = p->flow;

	if (!flow->known || flow_distance(flow, get_be32(p->payload + 4)) > 0)
		return false;
	/* None that is queued ends at 0, so neither does what follows. */
	if (end && stays_whole(ct, p, end))
		return true;
	return flow->whole && !flow->held && ct->established(ct->arg, flow);
}

/* Whether @p gets to the marker without an end, or libslirp gets it in pieces,
 * of which one may. */
static bool ends_at_marker(const struct conntrack *ct, const struct packet *p,
			   uint32_t end, bool fin)
{
	uint32_t left = end - MARKER_SEQ;

	if (!p->flow->marker)
		return false;
	if (!left)
		return !fin;
	return left < end - get_be32(p->payload + 4) && p->addr_len != 4 &&
	       p->len - ETHER_HEADER > ct->mtu;
}

/* Count a segment that may be queued; false if it may not. */
static bool hold(struct conntrack *ct, struct flow *flow, uint32_t end,
		 size_t len)
{
	unsigned cost = 1 + (unsigned)(len / 1024);

	if (flow->held + cost > TCP_QUEUE_FLOW_MAX ||
	    ct->held + cost > TCP_QUEUE_MAX)
		return false;
	if (!flow->held || (int32_t)(end - flow->held_end) > 0)
		flow->held_end = end;
	flow->held += cost;
	ct->held += cost;
	return true;
}

/* Whether libslirp may queue a segment in order that ends at 0, as its queue
 * has the marker, or gets it. */
static bool has_marker(struct conntrack *ct, struct flow *flow)
{
	if (flow->marker)
		return true;
	if (!flow->host_ended || !flow->whole || flow->held ||
	    (int32_t)(flow->edge - MARKER_SEQ) <= 0 ||
	    !hold(ct, flow, MARKER_SEQ + 1, 0))
		return false;
	flow->marker = MARKER_WANTED;
	return true;
}

static bool takes_data(struct conntrack *ct, const struct packet *p, size_t len,
		       bool fin)
{
	struct flow *flow = p->flow;
	uint32_t seq = get_be32(p->payload + 4), end = seq + (uint32_t)len;

	/* conntrack_from() has made it. */
	assert(flow);
	if (ends_at_marker(ct, p, end, fin))
		return false;
	/* The guest's own end is where the marker is. */
	if (fin && end == MARKER_SEQ)
		flow->marker = MARKER_NONE;
	if (meets_zero(flow, seq, (uint32_t)len, fin)) {
		/* libslirp drops it; to ask for its sake would take long. */
		if (!packet_is_sound(p))
			return false;
		flow->barred = !is_taken_at_once(ct, p, end) &&
			       (end || flow_distance(flow, seq) > 0 ||
				!has_marker(ct, flow));
		flow->bar = seq;
		if (flow->barred)
			return false;
	} else if (flow->barred && (int32_t)(seq - flow->bar) > 0) {
		return false;
	}
	if (!flow->known || flow_distance(flow, seq) > 0)
		return hold(ct, flow, end + fin, len);
	if (fin)
		conntrack_end_from(ct, p, end + 1);
	return true;
}

/* Whether libslirp surely obeys the reset @p: if it is old or within the
 * window. */
static bool is_obeyed(const struct packet *p)
{
	const struct flow *flow = p->flow;
	uint32_t seq = get_be32(p->payload + 4);

	return flow->known && !(p->payload[13] & TCP_SYN) &&
	       (flow->expected - seq <= UINT16_MAX ||
		seq - flow->expected <= flow->edge - flow->expected) &&
	       p->payload_len == packet_tcp_header(p) && packet_is_sound(p);
}

bool tcp_queue_takes(struct conntrack *ct, struct packet *packet)
{
	uint8_t flags = packet->payload[13];
	size_t len = packet->payload_len - packet_tcp_header(packet);
	bool fin = flags & TCP_FIN;

	/* libslirp does not get to see it. */
	if (packet->flow && packet->flow->deaf)
		return true;
	if (flags & TCP_RST) {
		if (packet->flow && is_obeyed(packet)) {
			conntrack_drop(ct, packet->flow);
			packet->flow = NULL;
		}
		return true;
	}
	/* A FIN alone is queued too; with a first segment, anything is. */
	if (!len && !fin)
		return true;
	return !(flags & TCP_SYN) && takes_data(ct, packet, len, fin);
}
