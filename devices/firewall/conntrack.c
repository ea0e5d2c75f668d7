/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/conntrack.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include "base/util.h"

/* ---- The table. ---- */

static uint64_t mix(uint64_t hash, const uint8_t *bytes, size_t len)
{
	uint32_t word;

	for (; len; bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return hash;
}

/* The key is the same for both directions; @from_guest says which one @p
 * has. */
static uint64_t flow_key(struct conntrack *ct, const struct packet *p,
			 bool from_guest)
{
	const uint8_t *first = p->addrs, *second = p->addrs + p->addr_len;
	uint8_t ports[4];
	uint64_t hash;

	while (!ct->secret)
		if (getrandom(&ct->secret, sizeof(ct->secret), 0) < 0)
			ct->secret = now_ns();
	memcpy(ports, p->payload + (from_guest ? 0 : 2), 2);
	memcpy(ports + 2, p->payload + (from_guest ? 2 : 0), 2);
	hash = mix(ct->secret, from_guest ? first : second, p->addr_len);
	hash = mix(hash, from_guest ? second : first, p->addr_len);
	hash = mix(hash, ports, sizeof(ports));
	return hash ? hash : 1;
}

static struct flow **bucket(struct conntrack *ct, uint64_t key)
{
	return &ct->buckets[(key >> 32) % CONNTRACK_FLOWS];
}

static struct flow *find(struct conntrack *ct, uint64_t key)
{
	struct flow *flow = *bucket(ct, key);

	while (flow && flow->key != key)
		flow = flow->chain;
	if (flow)
		flow->recent = true;
	return flow;
}

struct flow *conntrack_find(struct conntrack *ct, const struct packet *packet,
			    bool from_guest)
{
	return find(ct, flow_key(ct, packet, from_guest));
}

static void unlink_flow(struct conntrack *ct, const struct flow *flow)
{
	struct flow **at = bucket(ct, flow->key);

	if (!flow->key)
		return;
	while (*at != flow)
		at = &(*at)->chain;
	*at = flow->chain;
}

/* An unused flow; if there is none, the first one in turn that was not looked
 * up since the last search came by it.  There always is one, as there are more
 * flows than sockets and leaving connections together.  A connection that lives
 * makes room only if no other can: without its flow nobody knows any more which
 * instance of libslirp has it. */
static struct flow *take(struct conntrack *ct)
{
	struct flow *flow;

	if (ct->n_flows < CONNTRACK_FLOWS)
		return &ct->flows[ct->n_flows++];
	/* The first round may only find that all were looked up. */
	for (unsigned n = 0;; n++) {
		flow = &ct->flows[ct->hand++ % CONNTRACK_FLOWS];
		if (!flow->recent && !flow->leave && flow->fd < 0 &&
		    (!flow->live || n >= 2 * CONNTRACK_FLOWS))
			break;
		flow->recent = false;
	}
	/* What was queued for it stays counted, as libslirp may still have
	 * it. */
	unlink_flow(ct, flow);
	return flow;
}

static struct flow *add(struct conntrack *ct, uint64_t key)
{
	struct flow *flow = take(ct), **first = bucket(ct, key);

	*flow = (struct flow){ .key = key,
			       .chain = *first,
			       .recent = true,
			       .fd = -1,
			       .shard = FLOW_NO_SHARD };
	*first = flow;
	return flow;
}

struct flow *conntrack_get(struct conntrack *ct, const struct packet *packet,
			   bool from_guest)
{
	uint64_t key = flow_key(ct, packet, from_guest);
	struct flow *flow = find(ct, key);

	if (flow)
		return flow;
	flow = add(ct, key);
	flow->to_guest = tcp_route_of(packet);
	if (from_guest)
		flow->to_guest = tcp_route_back(&flow->to_guest);
	flow->port = flow->to_guest.to_port;
	flow->peer_port = flow->to_guest.from_port;
	return flow;
}

void conntrack_drop(struct conntrack *ct, struct flow *flow)
{
	ct->held -= flow->held;
	conntrack_stay(ct, flow);
	unlink_flow(ct, flow);
	*flow = (struct flow){ .key = 0, .fd = -1 };
}

void conntrack_clear(struct conntrack *ct)
{
	memset(ct->flows, 0, ct->n_flows * sizeof(ct->flows[0]));
	memset(ct->buckets, 0, sizeof(ct->buckets));
	ct->n_flows = ct->n_leaving = ct->held = 0;
}

void conntrack_walk(struct conntrack *ct,
		    bool (*quiet)(void *arg, struct flow *flow), void *arg)
{
	struct flow *flow = ct->flows;
	uint64_t key;

	ct->half_closed = false;
	for (unsigned i = 0; i < ct->n_flows; i++, flow++) {
		if (!flow->key || !flow_is_half_closed(flow))
			continue;
		ct->half_closed = true;
		key = flow->key;
		if (flow->quiet++ && quiet(arg, flow) && flow->key == key)
			conntrack_drop(ct, flow);
	}
}

bool conntrack_leave(struct conntrack *ct, struct flow *flow,
		     enum flow_leave how)
{
	if (!flow->leave && ct->n_leaving == CONNTRACK_LEAVING)
		return false;
	if (!flow->leave)
		ct->leaving[ct->n_leaving++] = flow;
	flow->leave = how;
	flow->unwritten = true;
	return true;
}

void conntrack_stay(struct conntrack *ct, struct flow *flow)
{
	unsigned i = 0;

	if (!flow->leave)
		return;
	while (ct->leaving[i] != flow)
		i++;
	ct->leaving[i] = ct->leaving[--ct->n_leaving];
	flow->leave = LEAVE_NOT;
	flow->deaf = false;
}

/* ---- What segments say. ---- */

static size_t data_len(const struct packet *p)
{
	return p->payload_len - packet_tcp_header(p);
}

void conntrack_from(struct conntrack *ct, struct packet *packet)
{
	uint8_t flags = packet->payload[13];
	bool makes = !(flags & TCP_RST) &&
		     ((flags & (TCP_SYN | TCP_FIN)) || data_len(packet));

	packet->flow = makes ? conntrack_get(ct, packet, true) :
			       conntrack_find(ct, packet, true);
	if (packet->flow)
		packet->flow->quiet = 0;
}

void conntrack_end_from(struct conntrack *ct, const struct packet *packet,
			uint32_t after)
{
	struct flow *flow = packet->flow;
	bool acks = packet->payload[13] & TCP_ACK;
	uint32_t ack = get_be32(packet->payload + 8);

	if (!flow->guest_ended)
		flow->guest_first = !flow->host_ended;
	if (!flow->guest_first)
		flow->both_know = acks && (int32_t)(ack - flow->next) >= 0;
	flow->guest_ended = true;
	flow->after_guest = after;
	ct->half_closed = true;
}

/* Nothing more can be learnt about this connection. */
static bool end(struct flow *flow)
{
	flow->host_ended = flow->guest_ended = flow->both_know = false;
	flow->guest_first = flow->known = flow->live = false;
	return true;
}

bool conntrack_last(const struct packet *packet)
{
	struct flow *flow = packet->flow;
	uint8_t flags = packet->payload[13] & (TCP_SYN | TCP_RST | TCP_ACK);

	if (!flow || !flow->guest_first || !flow->both_know ||
	    flags != TCP_ACK || data_len(packet) ||
	    get_be32(packet->payload + 8) != flow->next)
		return false;
	return end(flow);
}

void conntrack_to_flow(struct conntrack *ct, struct packet *packet)
{
	packet->flow = packet->payload[13] & TCP_RST ?
			       conntrack_find(ct, packet, false) :
			       conntrack_get(ct, packet, false);
}

/* A connection begins: only its ports are known. */
static void begin(struct flow *flow)
{
	end(flow);
	flow->live = true;
}

static void note_sent(struct conntrack *ct, const struct packet *p)
{
	struct flow *flow = p->flow;
	uint8_t flags = p->payload[13];
	uint32_t next = get_be32(p->payload + 4) + (uint32_t)data_len(p) +
			!!(flags & TCP_SYN) + !!(flags & TCP_FIN);

	if ((flags & TCP_SYN) || !flow->next ||
	    (int32_t)(next - flow->next) > 0)
		flow->next = next;
	if (flags & TCP_SYN)
		flow->to_guest = tcp_route_of(p);
	if (!(flags & TCP_FIN))
		return;
	flow->host_ended = true;
	if (flow->guest_first)
		flow->both_know = get_be32(p->payload + 8) == flow->after_guest;
	ct->half_closed = true;
}

/* libslirp expects @ack next and has announced a window of @window bytes. */
static void note_ack(struct conntrack *ct, struct flow *flow, uint32_t ack,
		     uint16_t window)
{
	flow->known = true;
	flow->expected = ack;
	flow->edge = ack + window;
	if (flow->held && (int32_t)(ack - flow->held_end) >= 0) {
		ct->held -= flow->held;
		flow->held = 0;
	}
}

bool conntrack_to(struct conntrack *ct, const struct packet *packet)
{
	struct flow *flow = packet->flow;
	uint8_t flags = packet->payload[13];
	uint32_t ack = get_be32(packet->payload + 8);

	if (flags & TCP_RST) {
		if (flow)
			conntrack_drop(ct, flow);
		return false;
	}
	if (flags & TCP_SYN)
		begin(flow);
	note_sent(ct, packet);
	if (!(flags & TCP_ACK))
		return false;
	note_ack(ct, flow, ack, get_be16(packet->payload + 14));
	if (flow->guest_first || !flow->both_know || ack != flow->after_guest)
		return false;
	return end(flow);
}

/* ---- How much libslirp has to queue. ---- */

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
