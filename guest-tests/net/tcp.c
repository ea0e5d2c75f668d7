/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp.c - connections and what comes in
 */
#include "guest-tests/net/tcp.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/string.h"

enum {
	BUCKETS = 16384,
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_SCALE = 3,
	SHIFT_MAX = 14,
	MSS_DEFAULT = 536,
};

/* A segment that came. */
struct segment {
	const struct tcp *tcp;
	const uint8_t *data;
	size_t len;
	uint32_t seq, ack;
	uint8_t flags;
};

struct tcp_stats tcp_stats;
uint32_t tcp_first_seq;

static struct tcp_conn conns[TCP_CONNECTIONS], *buckets[BUCKETS], *unused;
static unsigned touched;

static struct tcp_conn **bucket(const struct ip_peer *peer)
{
	return &buckets[(be16(peer->port) ^ be32(peer->addr)) % BUCKETS];
}

static struct tcp_conn *find(const struct ip_peer *peer)
{
	struct tcp_conn *c = *bucket(peer);

	while (c && (c->peer.port != peer->port || c->peer.addr != peer->addr))
		c = c->next_in_bucket;
	return c;
}

static void forget(struct tcp_conn *conn)
{
	struct tcp_conn **link = bucket(&conn->peer);

	while (*link != conn)
		link = &(*link)->next_in_bucket;
	*link = conn->next_in_bucket;
	conn->used = false;
	conn->next_in_bucket = unused;
	unused = conn;
	tcp_stats.live--;
}

/* NULL: there are too many.  One that is still queued to be looked at stays
 * so, which does no harm. */
static struct tcp_conn *create(const struct ip_peer *peer)
{
	struct tcp_conn *conn = unused, *next_ready;
	bool ready;

	if (conn)
		unused = conn->next_in_bucket;
	else if (touched < TCP_CONNECTIONS)
		conn = &conns[touched++];
	else
		return NULL;
	ready = conn->ready;
	next_ready = conn->next_ready;
	memset(conn, 0, offsetof(struct tcp_conn, http));
	conn->ready = ready;
	conn->next_ready = next_ready;
	conn->used = true;
	conn->peer = *peer;
	conn->next_in_bucket = *bucket(peer);
	*bucket(peer) = conn;
	http_open(&conn->http);
	tcp_stats.opened++;
	tcp_stats.live++;
	return conn;
}

/* The option of this kind, which is to have @len bytes; NULL: there is none. */
static const uint8_t *option_of(const struct tcp *tcp, uint8_t kind,
				uint8_t len)
{
	const uint8_t *o = (const void *)(tcp + 1);
	const uint8_t *end = (const uint8_t *)tcp + (tcp->offset >> 4) * 4;

	while (o < end && *o != OPTION_END) {
		if (*o == OPTION_NOP) {
			o++;
			continue;
		}
		if (o + 2 > end || o[1] < 2 || o + o[1] > end)
			break;
		if (o[0] == kind && o[1] == len)
			return o;
		o += o[1];
	}
	return NULL;
}

static void open(const struct ip_peer *from, const struct segment *s)
{
	struct tcp_conn *conn = create(from);
	const uint8_t *told = option_of(s->tcp, OPTION_MSS, 4);
	const uint8_t *scale = option_of(s->tcp, OPTION_SCALE, 3);
	uint16_t mss = told ? told[2] << 8 | told[3] : MSS_DEFAULT;
	uint16_t own = nic.mtu - sizeof(struct ipv4) - sizeof(struct tcp);

	if (!conn)
		return;
	conn->segment = mss < own ? mss : own;
	conn->window = be16(s->tcp->window);
	conn->scales = scale;
	if (scale)
		conn->shift = scale[2] < SHIFT_MAX ? scale[2] : SHIFT_MAX;
	conn->expected = s->seq + 1;
	/* The SYN is before position 0. */
	conn->first_seq = tcp_first_seq ? tcp_first_seq : clock_tsc();
	tcp_ready(conn);
}

/* The peer has everything up to @ack.  False: it says so of what we never
 * sent. */
static bool acknowledge(struct tcp_conn *conn, const struct segment *s)
{
	uint32_t old = conn->first_seq + (uint32_t)conn->acked;
	uint64_t upto = conn->acked + (int32_t)(s->ack - old);
	uint32_t window = (uint32_t)be16(s->tcp->window) << conn->shift;
	bool opened = !conn->window && window;

	if ((int32_t)(s->ack - old) < 0)
		return true;
	if (upto > conn->highest)
		return false;
	conn->window = window;
	if (upto > conn->acked) {
		conn->acked = upto;
		if (conn->sent < upto)
			conn->sent = upto;
		tcp_restart_timer(conn);
	} else if (opened) {
		tcp_restart_timer(conn);
	} else if (!window) {
		/* It is alive: probe on. */
		conn->retries = 0;
	}
	if (conn->acked == conn->end)
		http_acked(conn);
	tcp_ready(conn);
	return true;
}

/* Cut off what came before. */
static bool trim(struct tcp_conn *conn, struct segment *s)
{
	uint32_t old = conn->expected - s->seq;

	if (s->seq == conn->expected)
		return true;
	conn->ack_due = true;
	if (old > s->len) {
		tcp_stats.out_of_order++;
		return false;
	}
	s->data += old;
	s->len -= old;
	s->seq += old;
	return true;
}

static void receive(struct tcp_conn *conn, struct segment *s)
{
	size_t taken = 0, n;

	if (!s->len && !(s->flags & TCP_FIN) && s->seq == conn->expected)
		return;
	if (!trim(conn, s))
		return;
	conn->ack_due = true;
	while (taken < s->len &&
	       (n = http_input(conn, s->data + taken, s->len - taken)))
		taken += n;
	conn->expected += taken;
	if (taken < s->len || !(s->flags & TCP_FIN))
		return;
	if (!conn->peer_ended)
		conn->expected++;
	conn->peer_ended = true;
	if (conn->acked == conn->end)
		tcp_extend(conn, conn->end, true);
}

static void established(struct tcp_conn *conn, struct segment *s)
{
	if (!acknowledge(conn, s))
		conn->ack_due = true;
	else if (conn->peer_ended)
		conn->ack_due |= s->len || s->flags & TCP_FIN;
	else
		receive(conn, s);
	if (conn->peer_ended && conn->ending && conn->acked > conn->end) {
		if (conn->ack_due)
			tcp_send(conn);
		tcp_stats.closed++;
		forget(conn);
		return;
	}
	tcp_ready(conn);
}

static void known(struct tcp_conn *conn, const struct ip_peer *from,
		  struct segment *s)
{
	if (s->flags & TCP_RST) {
		if (s->seq - conn->expected < TCP_WINDOW) {
			tcp_stats.reset++;
			forget(conn);
		}
	} else if (s->flags & TCP_SYN) {
		/* Ours was lost, or the peer has begun anew. */
		if (s->seq + 1 != conn->expected || conn->established) {
			forget(conn);
			open(from, s);
		} else {
			conn->deadline = 0;
			tcp_ready(conn);
		}
	} else if (s->flags & TCP_ACK) {
		if (!conn->established && s->ack != conn->first_seq)
			return;
		if (!conn->established)
			tcp_restart_timer(conn);
		conn->established = true;
		established(conn, s);
	}
}

void tcp_input(const struct ip_peer *from, const uint8_t *data, size_t len)
{
	const struct tcp *tcp = (const void *)data;
	struct ip_peer peer = *from;
	struct tcp_conn *conn;
	struct segment s;
	size_t head;

	if (len < sizeof(*tcp))
		return;
	head = (tcp->offset >> 4) * 4;
	if (head < sizeof(*tcp) || head > len)
		return;
	s = (struct segment){ .tcp = tcp,
			      .data = data + head,
			      .len = len - head,
			      .seq = be32(tcp->seq),
			      .ack = be32(tcp->ack),
			      .flags = tcp->flags };
	peer.port = tcp->from;
	conn = find(&peer);
	if (conn)
		known(conn, &peer, &s);
	else if (tcp->to == be16(TCP_PORT) &&
		 (s.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
		open(&peer, &s);
	else if (!(s.flags & TCP_RST))
		tcp_refuse(&peer, tcp, s.len);
}

/* Nobody answers: send again from what is not acknowledged, more and more
 * seldom, at last give up. */
static void overdue(struct tcp_conn *conn)
{
	enum { RETRIES_MAX = 10 };

	if (conn->window && ++conn->retries > RETRIES_MAX) {
		tcp_stats.reset++;
		forget(conn);
		return;
	}
	if (conn->window)
		tcp_stats.retransmits++;
	else
		tcp_stats.probes++;
	conn->probe = !conn->window;
	conn->sent = conn->acked;
	conn->deadline = 0;
	tcp_ready(conn);
}

void tcp_tick(void)
{
	uint64_t now = clock_tsc();

	for (unsigned i = 0; i < touched; i++)
		if (conns[i].used && conns[i].deadline &&
		    conns[i].deadline <= now)
			overdue(&conns[i]);
}
