/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/tcp_queue.h"

#include <assert.h>

bool tcp_queue_hold(struct conntrack *ct, struct flow *flow, uint32_t end,
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

static bool takes_data(struct conntrack *ct, const struct packet *p, size_t len,
		       bool fin)
{
	struct flow *flow = p->flow;
	uint32_t seq = get_be32(p->payload + 4), end = seq + (uint32_t)len;

	/* conntrack_from() has made it. */
	assert(flow);
	if (!flow->known || flow_distance(flow, seq) > 0)
		return tcp_queue_hold(ct, flow, end + fin, len);
	if (fin)
		conntrack_end_from(ct, p, end + 1);
	return true;
}

/* Whether libslirp surely obeys the reset @p: its sequence number is old or
 * within the window. */
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

	/* libslirp does not get this packet. */
	if (packet->flow && packet->flow->deaf)
		return true;
	if (flags & TCP_RST) {
		if (packet->flow && is_obeyed(packet)) {
			conntrack_drop(ct, packet->flow);
			packet->flow = NULL;
		}
		return true;
	}
	/* A FIN without data is queued, too; with a SYN, everything is. */
	if (!len && !fin)
		return true;
	return !(flags & TCP_SYN) && takes_data(ct, packet, len, fin);
}
