/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/firewall.h"

#include <string.h>

#include "base/count.h"
#include "devices/firewall/checksum.h"
#include "devices/firewall/conntrack.h"

static bool drop(struct firewall *s, enum firewall_drop why)
{
	count_add(&s->dropped[why], 1);
	return false;
}

/* Overwrite the options with no-operations: RFC 9293, 3.2. */
static void clear_options(const struct packet *p)
{
	uint8_t *tcp = p->payload;

	for (size_t i = TCP_HEADER; i < packet_tcp_header(p); i += 2)
		packet_put(tcp + 16, tcp + i, 0x0101);
}

/* A first segment may have data (RFC 9293, 3.4), which libslirp would lose.  It
 * is cut off; as nobody acknowledges it, the guest sends it again. */
static void cut_first_data(struct firewall *s, struct packet *p)
{
	size_t header = packet_tcp_header(p);

	if (p->payload_len == header ||
	    (p->payload[13] & (TCP_SYN | TCP_FIN)) != TCP_SYN ||
	    !packet_is_sound(p))
		return;
	packet_resize_tcp(p, header);
	count_add(&s->cut, 1);
}

/* Make the data look as if it had come before: libslirp drops it, but answers.
 * The guest sends it again, with the end if it had one. */
static void clear_probe(struct firewall *s, const struct packet *p)
{
	uint8_t *tcp = p->payload;
	uint32_t seq = get_be32(tcp + 4);

	seq -= (uint32_t)(p->payload_len - packet_tcp_header(p));
	packet_put(tcp + 16, tcp + 4, (uint16_t)(seq >> 16));
	packet_put(tcp + 16, tcp + 6, (uint16_t)seq);
	packet_put(tcp + 16, tcp + 12, get_be16(tcp + 12) & (uint16_t)~TCP_FIN);
	count_add(&s->probes, 1);
}

static bool reassemble(struct firewall *s, struct packet *p, uint64_t now_ns)
{
	uint8_t *frame;
	size_t len;

	frame = defrag_add(&s->defrag, p, now_ns, &len);
	if (!frame)
		return false;
	switch (packet_parse(p, frame, len)) {
	case PACKET_OK:
		return true;
	case PACKET_PROTOCOL:
		return drop(s, DROP_PROTOCOL);
	default:
		return drop(s, DROP_MALFORMED);
	}
}

static bool parse(struct firewall *s, struct packet *p, uint8_t *frame,
		  size_t len, uint64_t now_ns)
{
	switch (packet_parse(p, frame, len)) {
	case PACKET_OK:
		return true;
	case PACKET_FRAGMENT:
		return reassemble(s, p, now_ns);
	case PACKET_ETHERTYPE:
		return drop(s, DROP_ETHERTYPE);
	case PACKET_PROTOCOL:
		return drop(s, DROP_PROTOCOL);
	default:
		return drop(s, DROP_MALFORMED);
	}
}

/* Senders must be hosts of this network.  An IPv4 host may have no address yet;
 * an IPv6 host may ask whether its address is used by another. */
static bool good_source(const struct policy *policy, const struct packet *p)
{
	static const uint8_t zeros[16];
	static const uint8_t link_local[8] = { 0xfe, 0x80 };
	const uint8_t *from = p->addrs;
	uint32_t addr;

	if (p->addr_len == 4) {
		memcpy(&addr, from, sizeof(addr));
		return addr == 0 ||
		       (addr & policy->netmask.s_addr) == policy->subnet.s_addr;
	}
	if (memcmp(from, zeros, 16) == 0)
		return p->protocol == PROTOCOL_ICMPV6;
	return memcmp(from, link_local, 8) == 0 ||
	       memcmp(from, &policy->gateway6, 8) == 0;
}

/* Whether @p is a SYN that is sent again, for a connection that libslirp
 * has. */
static bool is_repeated(const struct packet *p)
{
	return (p->payload[13] & TCP_SYN) && p->flow &&
	       flow_is_old(p->flow, get_be32(p->payload + 4));
}

/* Whether @p is data sent although libslirp has closed the window. */
static bool is_probe(const struct packet *p)
{
	return p->payload_len > packet_tcp_header(p) && p->flow &&
	       p->flow->known && p->flow->edge == p->flow->expected &&
	       flow_distance(p->flow, get_be32(p->payload + 4)) == 0;
}

/* Change the TCP packet @p so that it is safe for libslirp; false: it is
 * dropped. */
static bool mend_tcp(struct firewall *s, struct packet *p)
{
	if (s->faults.has[FAULT_URGENT])
		libslirp_faults_clear_urgent(&s->faults, p);
	cut_first_data(s, p);
	conntrack_from(&s->conntrack, p);
	if (is_repeated(p))
		clear_options(p);
	if (s->faults.has[FAULT_ZERO] &&
	    !libslirp_faults_allow(&s->faults, &s->conntrack, p))
		return drop(s, DROP_ORDER);
	if (!tcp_queue_takes(&s->conntrack, p))
		return drop(s, DROP_ORDER);
	if (is_probe(p))
		clear_probe(s, p);
	return true;
}

/* The verdict about an IP packet. */
static enum firewall_verdict judge_ip(struct firewall *s, struct packet *p)
{
	if (!good_source(&s->policy, p)) {
		drop(s, DROP_SOURCE);
		return FIREWALL_DROP;
	}
	/* For TCP, the policy only stops a connection's first segment. */
	if (!policy_allows(&s->policy, p)) {
		drop(s, DROP_POLICY);
		return FIREWALL_REJECT;
	}
	if (p->protocol == PROTOCOL_TCP && !mend_tcp(s, p))
		return FIREWALL_DROP;
	return FIREWALL_PASS;
}

/* libslirp may look at more bytes than a short frame has. */
static void pad(struct packet *p)
{
	if (p->len >= ETHER_MIN)
		return;
	memset(p->frame + p->len, 0, ETHER_MIN - p->len);
	p->len = ETHER_MIN;
}

enum firewall_verdict firewall_judge(struct firewall *firewall,
				     struct packet *packet, uint8_t *frame,
				     size_t len, uint64_t now_ns)
{
	enum firewall_verdict verdict = FIREWALL_PASS;

	if (!parse(firewall, packet, frame, len, now_ns))
		return FIREWALL_DROP;
	if (packet->ethertype != ETHERTYPE_ARP)
		verdict = judge_ip(firewall, packet);
	if (verdict != FIREWALL_PASS)
		return verdict;
	pad(packet);
	count_add(&firewall->passed, 1);
	return verdict;
}

void firewall_reset(struct firewall *firewall)
{
	conntrack_clear(&firewall->conntrack);
	defrag_reset(&firewall->defrag);
}
