/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/sanitizer.h"

#include <string.h>

#include "devices/net/checksum.h"
#include "devices/net/count.h"

static bool drop(struct sanitizer *s, enum sanitizer_drop why)
{
	count_add(&s->dropped[why], 1);
	return false;
}

static void mend(uint8_t *check, uint8_t *word, uint16_t value)
{
	uint16_t sum, old, new;

	memcpy(&sum, check, sizeof(sum));
	memcpy(&old, word, sizeof(old));
	put_be16(word, value);
	memcpy(&new, word, sizeof(new));
	sum = checksum_update(sum, old, new);
	memcpy(check, &sum, sizeof(sum));
}

static void clear_urgent(struct sanitizer *s, const struct packet *p)
{
	uint8_t *tcp = p->payload;

	if (!(tcp[13] & TCP_URG) && get_be16(tcp + 18) == 0)
		return;
	mend(tcp + 16, tcp + 12, get_be16(tcp + 12) & (uint16_t)~TCP_URG);
	mend(tcp + 16, tcp + 18, 0);
	count_add(&s->urgent, 1);
}

static bool reassemble(struct sanitizer *s, struct packet *p, uint64_t now_ns)
{
	uint8_t *frame;
	size_t len;

	if (p->ethertype == ETHERTYPE_IPV6)
		return drop(s, DROP_FRAGMENT6);
	frame = reassembly_add(&s->reassembly, p, now_ns, &len);
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

static bool parse(struct sanitizer *s, struct packet *p, uint8_t *frame,
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

/* Nobody on a wire has these: 127.0.0.0/8, multicast and broadcast; of IPv6
 * ::1, the mapped addresses and multicast. */
static bool bad_source(const struct packet *p)
{
	static const uint8_t zeros[16];
	const uint8_t *from = p->addrs;

	if (p->addr_len == 4)
		return from[0] == 127 || from[0] >= 224;
	if (memcmp(from, zeros, 16) == 0)
		return p->protocol != PROTOCOL_ICMPV6;
	return from[0] == 0xff || memcmp(from, zeros, 10) == 0;
}

/* Whether @p makes libslirp open another socket than it has. */
static bool over_limit(const struct sanitizer *s, const struct packet *p,
		       unsigned live)
{
	switch (p->protocol) {
	case PROTOCOL_TCP:
		return live >= s->max_live && (p->payload[13] & TCP_SYN) &&
		       !(p->payload[13] & TCP_ACK);
	case PROTOCOL_ICMP:
		return live >= s->max_live;
	case PROTOCOL_UDP:
		return live >= s->max_live_udp;
	default:
		return false;
	}
}

/* The frame is as long as its packet says, at least ETHER_MIN. */
static void trim_and_pad(struct packet *p)
{
	if (p->len >= ETHER_MIN)
		return;
	memset(p->frame + p->len, 0, ETHER_MIN - p->len);
	p->len = ETHER_MIN;
}

bool sanitizer_pass(struct sanitizer *sanitizer, struct packet *packet,
		    uint8_t *frame, size_t len, uint64_t now_ns, unsigned live)
{
	if (!parse(sanitizer, packet, frame, len, now_ns))
		return false;
	if (packet->ethertype != ETHERTYPE_ARP) {
		if (bad_source(packet))
			return drop(sanitizer, DROP_MALFORMED);
		if (packet->protocol == PROTOCOL_TCP)
			clear_urgent(sanitizer, packet);
		if (!policy_allows(&sanitizer->policy, packet))
			return drop(sanitizer, DROP_POLICY);
		if (over_limit(sanitizer, packet, live))
			return drop(sanitizer, DROP_LIMIT);
	}
	trim_and_pad(packet);
	count_add(&sanitizer->passed, 1);
	return true;
}

const char *sanitizer_drop_name(enum sanitizer_drop drop_kind)
{
	static const char *const names[] = {
		[DROP_MALFORMED] = "drop_malformed",
		[DROP_ETHERTYPE] = "drop_ethertype",
		[DROP_PROTOCOL] = "drop_protocol",
		[DROP_FRAGMENT6] = "drop_ipv6_fragment",
		[DROP_POLICY] = "drop_policy",
		[DROP_LIMIT] = "drop_limit",
	};

	return names[drop_kind];
}
