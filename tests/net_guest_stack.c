/* SPDX-License-Identifier: BSD-2-Clause */
/* net_guest_stack.c - what the guest does with what it receives */
#include <string.h>

#include "tests/net_guest.h"

uint64_t guest_hash(uint64_t hash, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static struct guest_tcp *guest_find_tcp(struct guest *g, uint16_t port,
					uint16_t peer_port)
{
	for (unsigned i = 0; i < GUEST_CONNECTIONS; i++)
		if (g->tcp[i].used && g->tcp[i].port == port &&
		    g->tcp[i].peer_port == peer_port)
			return &g->tcp[i];
	return NULL;
}

/* Unused, or both ends have come and were acknowledged. */
static bool guest_tcp_is_free(const struct guest_tcp *t)
{
	return !t->used || (t->closed && t->ended && t->acked == t->next);
}

struct guest_tcp *guest_new_tcp(struct guest *g)
{
	for (unsigned i = 0; i < GUEST_CONNECTIONS; i++) {
		if (!guest_tcp_is_free(&g->tcp[i]))
			continue;
		g->tcp[i] = (struct guest_tcp){ .used = true,
						.next = g->first_seq,
						.acked = g->first_seq };
		return &g->tcp[i];
	}
	ck_abort_msg("too many connections");
	return NULL;
}

/* What the peer's first segment says of windows. */
static void guest_learn_scale(const struct guest *g, struct guest_tcp *t,
			      const struct packet *p)
{
	const uint8_t *option = packet_tcp_option(p, 3);

	t->scales = option;
	if (option && g->scales)
		t->shift = option[2];
}

static void guest_accept(struct guest *g, const struct packet *p)
{
	struct guest_tcp *t = guest_new_tcp(g);

	memcpy(t->addr, p->addrs, p->addr_len);
	t->addr_len = p->addr_len;
	t->port = get_be16(p->payload + 2);
	t->peer_port = get_be16(p->payload);
	t->expected = get_be32(p->payload + 4) + 1;
	t->echo = true;
	guest_learn_scale(g, t, p);
	guest_segment(g, t, TCP_SYN | TCP_ACK, NULL, 0);
}

/* Nobody listens where @p, a SYN, leads. */
static void guest_refuse(struct guest *g, const struct packet *p)
{
	struct guest_tcp t = { .addr_len = p->addr_len,
			       .port = get_be16(p->payload + 2),
			       .peer_port = get_be16(p->payload),
			       .expected = get_be32(p->payload + 4) + 1 };

	memcpy(t.addr, p->addrs, p->addr_len);
	guest_segment(g, &t, TCP_RST | TCP_ACK, NULL, 0);
}

/* The answer to @p, of a connection that there is not. */
static void guest_reset(struct guest *g, const struct packet *p)
{
	struct guest_tcp t = { .addr_len = p->addr_len,
			       .port = get_be16(p->payload + 2),
			       .peer_port = get_be16(p->payload),
			       .next = get_be32(p->payload + 8) };

	memcpy(t.addr, p->addrs, p->addr_len);
	guest_segment(g, &t, TCP_RST, NULL, 0);
}

static void guest_on_tcp(struct guest *g, const struct packet *p)
{
	struct guest_tcp *t = guest_find_tcp(g, get_be16(p->payload + 2),
					     get_be16(p->payload));
	size_t header = packet_tcp_header(p);
	const uint8_t *data = p->payload + header;
	size_t len = p->payload_len - header;
	uint32_t seq = get_be32(p->payload + 4);
	uint8_t flags = p->payload[13];

	if (!t) {
		if ((flags & (TCP_SYN | TCP_ACK)) != TCP_SYN)
			return;
		if (g->echo_port && get_be16(p->payload + 2) == g->echo_port)
			guest_accept(g, p);
		else if (g->refuses)
			guest_refuse(g, p);
		return;
	}
	if (g->forgets) {
		if (!(flags & TCP_RST))
			guest_reset(g, p);
		return;
	}
	if (flags & TCP_RST) {
		t->reset = t->ended = true;
		return;
	}
	if (flags & TCP_ACK) {
		t->acked = get_be32(p->payload + 8);
		t->window = (uint32_t)get_be16(p->payload + 14) << t->shift;
	}
	if (flags & TCP_SYN)
		guest_learn_scale(g, t, p);
	if ((flags & TCP_SYN) && !t->established) {
		if (flags & TCP_ACK) {
			t->expected = seq + 1;
			t->established = true;
			guest_segment(g, t, TCP_ACK, NULL, 0);
		}
		return;
	}
	if (t->acked == t->next)
		t->established = true;
	if (seq != t->expected) {
		guest_segment(g, t, TCP_ACK, NULL, 0);
		return;
	}
	t->expected += (uint32_t)len;
	t->received += len;
	t->hash = guest_hash(t->hash, data, len);
	if (flags & TCP_FIN) {
		t->expected++;
		t->ended = true;
	}
	if (len && t->echo)
		guest_segment(g, t, TCP_ACK | TCP_PSH, data, len);
	else if (len || (flags & TCP_FIN))
		guest_segment(g, t, TCP_ACK, NULL, 0);
	if (t->echo && (flags & TCP_FIN))
		guest_segment(g, t, TCP_ACK | TCP_FIN, NULL, 0);
}

static void guest_on_udp(struct guest *g, const struct packet *p)
{
	g->udp_came = true;
	memcpy(g->udp_from, p->addrs, p->addr_len);
	g->udp_from_port = get_be16(p->payload);
	g->udp_port = get_be16(p->payload + 2);
	g->udp_len = get_be16(p->payload + 4) - UDP_HEADER;
	memcpy(g->udp_data, p->payload + UDP_HEADER, g->udp_len);
}

/* Answers the question where the guest's address is, of either family. */
static void guest_on_arp(struct guest *g, const struct packet *p)
{
	g->n_arp++;
	if (p->net[7] == 1 && memcmp(p->net + 24, g->addr4, 4) == 0 && !g->deaf)
		guest_arp(g, 2, p->net + 14);
	if (p->net[7] == 2)
		memcpy(g->gateway_mac, p->net + 8, 6);
}

static void guest_on_icmp6(struct guest *g, const struct packet *p)
{
	uint8_t frame[128] = { 0 };
	uint8_t *na = guest_payload(frame, 16);

	if (p->payload[0] != 135 || p->payload_len < 24 ||
	    memcmp(p->payload + 8, g->addr6, 16) != 0)
		return;
	na[0] = 136;
	na[4] = 0x60;
	memcpy(na + 8, g->addr6, 16);
	na[24] = 2;
	na[25] = 1;
	memcpy(na + 26, g->mac, 6);
	guest_send(g, frame,
		   guest_ip(g, frame, p->addrs, 16, PROTOCOL_ICMPV6, 32, 2));
}

/* Whether the packet's checksums are right. */
bool guest_sums_ok(const struct packet *p)
{
	uint64_t sum = 0;

	if (p->ethertype == ETHERTYPE_IPV4 && checksum(p->net, IPV4_HEADER))
		return false;
	if (p->protocol != PROTOCOL_ICMP)
		sum = checksum_pseudo(p->addrs, 2 * p->addr_len, p->protocol,
				      p->payload_len);
	return checksum_fold(checksum_add(sum, p->payload, p->payload_len)) ==
	       0xffff;
}

/* Handles one frame; false when none came within @ms. */
bool guest_step(struct guest *g, unsigned ms)
{
	static struct guest_frame f;
	struct packet p;

	if (!guest_take(g, &f, ms))
		return false;
	ck_assert_uint_ge(f.len, ETHER_MIN);
	if (packet_parse(&p, f.data, f.len) == PACKET_OK) {
		if (p.ethertype == ETHERTYPE_ARP) {
			guest_on_arp(g, &p);
			return true;
		}
		ck_assert(guest_sums_ok(&p));
		if (p.protocol == PROTOCOL_TCP) {
			guest_on_tcp(g, &p);
			return true;
		}
		if (p.protocol == PROTOCOL_UDP) {
			guest_on_udp(g, &p);
			return true;
		}
		if (p.protocol == PROTOCOL_ICMPV6)
			guest_on_icmp6(g, &p);
		g->n_icmp++;
	}
	g->other.len = f.len;
	memcpy(g->other.data, f.data, f.len);
	g->n_other++;
	return true;
}
