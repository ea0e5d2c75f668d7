/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/conntrack.h"

#include <string.h>
#include <sys/random.h>

#include "base/count.h"
#include "base/util.h"

/* Kinds of options. */
enum { OPTION_END, OPTION_NONE, OPTION_MSS };

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

/* The same for both directions; @from_guest says which one this is. */
static uint64_t flow_key(struct conntrack *order, const struct packet *p,
			 bool from_guest)
{
	const uint8_t *first = p->addrs, *second = p->addrs + p->addr_len;
	uint8_t ports[4];
	uint64_t hash;

	while (!order->secret)
		if (getrandom(&order->secret, sizeof(order->secret), 0) < 0)
			order->secret = now_ns();
	memcpy(ports, p->payload + (from_guest ? 0 : 2), 2);
	memcpy(ports + 2, p->payload + (from_guest ? 2 : 0), 2);
	hash = mix(order->secret, from_guest ? first : second, p->addr_len);
	hash = mix(hash, from_guest ? second : first, p->addr_len);
	hash = mix(hash, ports, sizeof(ports));
	return hash ? hash : 1;
}

static struct conntrack_flow *find(struct conntrack *order, uint64_t key)
{
	struct conntrack_flow *set = order->flows[(key >> 32) % CONNTRACK_SETS];

	for (unsigned i = 0; i < CONNTRACK_WAYS; i++) {
		if (set[i].key != key)
			continue;
		set[i].last_used = ++order->clock;
		return &set[i];
	}
	return NULL;
}

/* As find(); a flow that isn't there takes the place of the one of its set
 * that was not used for longest. */
static struct conntrack_flow *find_or_take(struct conntrack *order,
					   uint64_t key)
{
	struct conntrack_flow *set = order->flows[(key >> 32) % CONNTRACK_SETS];
	struct conntrack_flow *flow = find(order, key), *oldest = set;

	if (flow)
		return flow;
	for (unsigned i = 1; i < CONNTRACK_WAYS; i++)
		if (order->clock - set[i].last_used >
		    order->clock - oldest->last_used)
			oldest = &set[i];
	*oldest = (struct conntrack_flow){ .key = key,
					   .last_used = ++order->clock };
	return oldest;
}

/* Whether what libslirp does not have yet of @len bytes from @seq on, and
 * perhaps an end, includes or ends before 0. */
static bool meets_zero(const struct conntrack_flow *flow, uint32_t seq,
		       uint32_t len, bool fin)
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
static bool stays_whole(const struct conntrack *order,
			const struct conntrack_flow *flow,
			const struct packet *p, uint32_t end)
{
	return (p->addr_len == 4 || p->len - ETHER_HEADER <= order->mtu) &&
	       (int32_t)(flow->edge - end) >= 0;
}

/* Whether it is sure that libslirp doesn't queue it, or only for a moment and
 * then doesn't expect 0. */
static bool is_taken_at_once(const struct conntrack *order,
			     const struct conntrack_flow *flow,
			     const struct packet *p, uint32_t end)
{
	if (!flow->known ||
	    (int32_t)(get_be32(p->payload + 4) - flow->expected) > 0)
		return false;
	/* None that is queued ends at 0, so neither does what follows. */
	if (end && stays_whole(order, flow, p, end))
		return true;
	return flow->whole && !flow->held &&
	       order->established(order->arg, get_be16(p->payload),
				  get_be16(p->payload + 2));
}

/* Count a segment that may be queued; false if it may not. */
static bool hold(struct conntrack *order, struct conntrack_flow *flow,
		 uint32_t end, size_t len)
{
	unsigned cost = 1 + (unsigned)(len / 1024);

	if (flow->held + cost > CONNTRACK_FLOW_MAX ||
	    order->held + cost > CONNTRACK_MAX)
		return false;
	if (!flow->held || (int32_t)(end - flow->end) > 0)
		flow->end = end;
	flow->held += cost;
	order->held += cost;
	return true;
}

static void note_end_from(struct conntrack *order, struct conntrack_flow *flow,
			  const struct packet *p, uint32_t after)
{
	struct tcp_route route = tcp_route_of(p);

	tcp_end_from(&flow->over, p, after);
	flow->to_guest = tcp_route_back(&route);
	order->half_closed = true;
}

static bool may_pass(struct conntrack *order, const struct packet *p)
{
	bool fin = p->payload[13] & TCP_FIN;
	uint32_t seq = get_be32(p->payload + 4), end;
	size_t len = p->payload_len - packet_tcp_header(p);
	struct conntrack_flow *flow;

	/* A FIN alone is queued too; with a first segment, anything is. */
	if (!len && !fin)
		return true;
	if (p->payload[13] & TCP_SYN)
		return false;
	flow = find_or_take(order, flow_key(order, p, true));
	flow->quiet = 0;
	end = seq + (uint32_t)len;
	/* libslirp drops it; to ask for its sake would take long. */
	if (meets_zero(flow, seq, (uint32_t)len, fin) && !packet_is_sound(p))
		return false;
	if (meets_zero(flow, seq, (uint32_t)len, fin)) {
		flow->barred = !is_taken_at_once(order, flow, p, end);
		flow->bar = seq;
		if (flow->barred)
			return false;
	} else if (flow->barred && (int32_t)(seq - flow->bar) > 0) {
		return false;
	}
	if (flow->known && (int32_t)(seq - flow->expected) <= 0) {
		if (fin)
			note_end_from(order, flow, p, end + 1);
		return true;
	}
	return hold(order, flow, end + fin, len);
}

/* The connection is gone, and what was queued of it. */
static void forget(struct conntrack *order, struct conntrack_flow *flow)
{
	order->held -= flow->held;
	*flow = (struct conntrack_flow){ .key = 0 };
}

/* A reset: libslirp obeys it if it is old or within the window. */
static void note_reset(struct conntrack *order, const struct packet *p)
{
	struct conntrack_flow *flow = find(order, flow_key(order, p, true));
	uint32_t seq = get_be32(p->payload + 4);

	if (flow && flow->known && !(p->payload[13] & TCP_SYN) &&
	    (flow->expected - seq <= UINT16_MAX ||
	     seq - flow->expected <= flow->edge - flow->expected) &&
	    p->payload_len == packet_tcp_header(p) && packet_is_sound(p))
		forget(order, flow);
}

bool conntrack_from(struct conntrack *order, const struct packet *packet)
{
	if (packet->payload[13] & TCP_RST) {
		note_reset(order, packet);
		return true;
	}
	if (may_pass(order, packet))
		return true;
	count_add(&order->refused, 1);
	return false;
}

bool conntrack_repeats(struct conntrack *order, const struct packet *packet)
{
	const struct conntrack_flow *flow;

	if (!(packet->payload[13] & TCP_SYN))
		return false;
	flow = find(order, flow_key(order, packet, true));
	return flow && flow->known &&
	       (int32_t)(get_be32(packet->payload + 4) - flow->expected) < 0;
}

/* The maximum segment size that @p tells, 0 if it tells none. */
static uint16_t told_mss(const struct packet *p)
{
	const uint8_t *option = p->payload + TCP_HEADER;
	const uint8_t *end = p->payload + packet_tcp_header(p);

	while (end - option >= 4 && option[0] != OPTION_END) {
		if (option[0] == OPTION_MSS && option[1] == 4)
			return get_be16(option + 2);
		if (option[0] != OPTION_NONE && option[1] < 2)
			return 0;
		option += option[0] == OPTION_NONE ? 1 : option[1];
	}
	return 0;
}

uint16_t conntrack_mss(struct conntrack *order, const struct packet *packet)
{
	uint8_t flags = packet->payload[13] & (TCP_SYN | TCP_ACK | TCP_RST);
	uint64_t key = flow_key(order, packet, true);
	struct conntrack_flow *flow;
	uint16_t mss = 0;

	if (flags == TCP_SYN && !conntrack_repeats(order, packet))
		find_or_take(order, key)->mss = told_mss(packet);
	flow = flags == TCP_ACK ? find(order, key) : NULL;
	if (flow && flow->known &&
	    get_be32(packet->payload + 4) == flow->expected) {
		mss = flow->mss;
		flow->mss = 0;
	}
	return mss;
}

bool conntrack_last(struct conntrack *order, const struct packet *packet)
{
	struct conntrack_flow *flow;

	/* Most have data. */
	if (packet->payload_len != packet_tcp_header(packet))
		return false;
	flow = find(order, flow_key(order, packet, true));
	if (flow)
		flow->quiet = 0;
	if (!flow || !tcp_end_last(&flow->over, packet))
		return false;
	flow->known = flow->live = false;
	return true;
}

bool conntrack_probes(struct conntrack *order, const struct packet *packet)
{
	const struct conntrack_flow *flow;

	if (packet->payload_len == packet_tcp_header(packet))
		return false;
	flow = find(order, flow_key(order, packet, true));
	return flow && flow->known && flow->edge == flow->expected &&
	       get_be32(packet->payload + 4) == flow->expected;
}

bool conntrack_ended(struct conntrack *order, const struct packet *packet)
{
	const struct conntrack_flow *flow =
		find(order, flow_key(order, packet, true));

	return flow && flow->over.ending;
}

int32_t conntrack_distance(struct conntrack *order, const struct packet *packet)
{
	const struct conntrack_flow *flow =
		find(order, flow_key(order, packet, true));

	if (!flow || !flow->known)
		return INT32_MIN;
	return (int32_t)(get_be32(packet->payload + 4) - flow->expected);
}

void conntrack_walk(struct conntrack *order,
		    bool (*quiet)(void *arg, struct conntrack_flow *flow),
		    void *arg)
{
	struct conntrack_flow *flow = order->flows[0];
	uint64_t key;

	order->half_closed = false;
	for (unsigned i = 0; i < CONNTRACK_SETS * CONNTRACK_WAYS; i++, flow++) {
		if (!flow->key || !flow->known || !tcp_end_half(&flow->over))
			continue;
		order->half_closed = true;
		key = flow->key;
		if (flow->quiet++ && quiet(arg, flow) && flow->key == key)
			forget(order, flow);
	}
}

/* What is behind it has been sent; the end, too, if it has that. */
static void note_sent(struct conntrack *order, struct conntrack_flow *flow,
		      const struct packet *p)
{
	uint8_t flags = p->payload[13];
	uint32_t next = get_be32(p->payload + 4) +
			(uint32_t)(p->payload_len - packet_tcp_header(p)) +
			!!(flags & TCP_SYN) + !!(flags & TCP_FIN);

	if ((flags & TCP_SYN) || !flow->next ||
	    (int32_t)(next - flow->next) > 0)
		flow->next = next;
	if (!(flags & TCP_FIN))
		return;
	flow->to_guest = tcp_route_of(p);
	order->half_closed = true;
}

bool conntrack_to(struct conntrack *order, const struct packet *packet)
{
	uint8_t flags = packet->payload[13];
	uint32_t ack = get_be32(packet->payload + 8);
	uint64_t key = flow_key(order, packet, false);
	struct conntrack_flow *flow;

	if (flags & TCP_RST) {
		flow = find(order, key);
		if (flow)
			forget(order, flow);
		return false;
	}
	flow = find_or_take(order, key);
	/* A connection begins: nothing is known of it. */
	if (flags & TCP_SYN) {
		flow->barred = flow->known = false;
		flow->live = true;
	}
	note_sent(order, flow, packet);
	if ((flags & TCP_SYN) && !flow->held)
		flow->whole = true;
	if (!(flags & TCP_ACK))
		return false;
	if (!flow->known)
		flow->since = ack;
	flow->known = true;
	flow->expected = ack;
	if (ack - flow->since > CONNTRACK_WINDOW)
		flow->whole = true;
	flow->edge = ack + get_be16(packet->payload + 14);
	if (flow->held && (int32_t)(ack - flow->end) >= 0) {
		order->held -= flow->held;
		flow->held = 0;
	}
	if (!tcp_end_to(&flow->over, packet))
		return false;
	flow->known = flow->live = false;
	return true;
}

bool conntrack_claim(struct conntrack *order, const struct packet *packet,
		     uint16_t port, uint16_t peer_port)
{
	struct conntrack_flow *flow =
		find_or_take(order, flow_key(order, packet, false));

	if (flow->live && (flow->port != port || flow->peer_port != peer_port))
		return false;
	flow->port = port;
	flow->peer_port = peer_port;
	return true;
}

bool conntrack_claimed(struct conntrack *order, const struct packet *packet,
		       uint16_t *port, uint16_t *peer_port)
{
	const struct conntrack_flow *flow =
		find(order, flow_key(order, packet, true));

	if (!flow || !flow->port)
		return false;
	*port = flow->port;
	*peer_port = flow->peer_port;
	return true;
}

uint16_t conntrack_peer_port(struct conntrack *order,
			     const struct packet *packet, bool from_guest)
{
	const struct conntrack_flow *flow =
		find(order, flow_key(order, packet, from_guest));

	if (flow && flow->port)
		return flow->peer_port;
	return get_be16(packet->payload + (from_guest ? 2 : 0));
}

bool conntrack_resends(struct conntrack *order, const struct packet *packet)
{
	const struct conntrack_flow *flow =
		find(order, flow_key(order, packet, false));

	return flow && flow->live && (packet->payload[13] & TCP_SYN) &&
	       flow->next == get_be32(packet->payload + 4) + 1;
}

void conntrack_set_fd(struct conntrack *order, const struct packet *packet,
		      bool from_guest, int fd)
{
	uint64_t key = flow_key(order, packet, from_guest);

	find_or_take(order, key)->fd_plus_one = (unsigned)(fd + 1);
}

int conntrack_fd(struct conntrack *order, const struct packet *packet,
		 bool from_guest)
{
	const struct conntrack_flow *flow =
		find(order, flow_key(order, packet, from_guest));

	return flow ? (int)flow->fd_plus_one - 1 : -1;
}

void conntrack_reset(struct conntrack *order)
{
	if (order->held)
		conntrack_forget(order);
}

void conntrack_forget(struct conntrack *order)
{
	memset(order->flows, 0, sizeof(order->flows));
	order->held = 0;
}
