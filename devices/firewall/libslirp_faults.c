/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/libslirp_faults.h"

#include <stdlib.h>

#include "base/count.h"
#include "devices/firewall/conntrack.h"

/* ---- Versions. ---- */

/* Three numbers of a version as one number; 0 if it is no version. */
static unsigned long number_of(const char *version)
{
	unsigned long parts[3] = { 0 };
	char *at = (char *)(uintptr_t)version;

	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
		parts[i] = strtoul(at, &at, 10);
		at += *at == '.';
	}
	return parts[0] * 1000000 + parts[1] * 1000 + parts[2];
}

void libslirp_faults_init(struct libslirp_faults *faults, const char *version)
{
	static const char *const mended_in[FAULT_KINDS] = {
		[FAULT_ZERO] = "4.8.0",
		[FAULT_URGENT] = "4.9.2",
	};

	for (unsigned i = 0; i < FAULT_KINDS; i++)
		faults->has[i] = number_of(version) < number_of(mended_in[i]);
}

bool libslirp_faults_any(const struct libslirp_faults *faults)
{
	for (unsigned i = 0; i < FAULT_KINDS; i++)
		if (faults->has[i])
			return true;
	return false;
}

/* ---- FAULT_URGENT. ---- */

void libslirp_faults_clear_urgent(struct libslirp_faults *faults,
				  const struct packet *packet)
{
	uint8_t *tcp = packet->payload;

	if (!(tcp[13] & TCP_URG) && get_be16(tcp + 18) == 0)
		return;
	packet_put(tcp + 16, tcp + 12, get_be16(tcp + 12) & (uint16_t)~TCP_URG);
	packet_put(tcp + 16, tcp + 18, 0);
	count_add(&faults->urgent, 1);
}

/* ---- FAULT_ZERO. ---- */

/* Whether the part of this segment that libslirp does not have yet includes
 * sequence number 0, or ends before it.  The segment has @len bytes from @seq
 * on, and perhaps a FIN. */
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

/* Whether libslirp gets this segment uncut and takes all of it. */
static bool stays_whole(const struct libslirp_faults *faults,
			const struct packet *p, uint32_t end)
{
	return (p->addr_len == 4 || p->len - ETHER_HEADER <= faults->mtu) &&
	       (int32_t)(p->flow->edge - end) >= 0;
}

/* Whether libslirp surely does not queue this segment, or queues it only for a
 * moment and then does not expect 0. */
static bool is_taken_at_once(const struct libslirp_faults *faults,
			     const struct packet *p, uint32_t end)
{
	const struct flow *flow = p->flow;

	if (!flow->known || flow_distance(flow, get_be32(p->payload + 4)) > 0)
		return false;
	/* No queued segment ends at 0, so what libslirp takes after this one
	 * does not end there either. */
	if (end && stays_whole(faults, p, end))
		return true;
	return flow->faults.whole && !flow->held &&
	       faults->established(faults->arg, flow);
}

/* Whether @p reaches the marker without a FIN, or is cut into pieces of which
 * one may. */
static bool ends_at_marker(const struct libslirp_faults *faults,
			   const struct packet *p, uint32_t end, bool fin)
{
	uint32_t left = end - MARKER_SEQ;

	if (!p->flow->faults.marker)
		return false;
	if (!left)
		return !fin;
	return left < end - get_be32(p->payload + 4) && p->addr_len != 4 &&
	       p->len - ETHER_HEADER > faults->mtu;
}

/* Whether libslirp may queue a segment in order that ends at 0, because the
 * marker is in its queue or will be put there first. */
static bool has_marker(struct conntrack *ct, struct flow *flow)
{
	if (flow->faults.marker)
		return true;
	if (!flow->host_ended || !flow->faults.whole || flow->held ||
	    (int32_t)(flow->edge - MARKER_SEQ) <= 0 ||
	    !tcp_queue_hold(ct, flow, MARKER_SEQ + 1, 0))
		return false;
	flow->faults.marker = MARKER_WANTED;
	return true;
}

static bool is_allowed(const struct libslirp_faults *faults,
		       struct conntrack *ct, const struct packet *p, size_t len,
		       bool fin)
{
	struct flow *flow = p->flow;
	struct libslirp_faults_flow *f = &flow->faults;
	uint32_t seq = get_be32(p->payload + 4), end = seq + (uint32_t)len;

	if (ends_at_marker(faults, p, end, fin))
		return false;
	/* The guest's own FIN has the sequence number of the marker. */
	if (fin && end == MARKER_SEQ)
		f->marker = MARKER_NONE;
	if (!meets_zero(flow, seq, (uint32_t)len, fin))
		return !f->barred || (int32_t)(seq - f->bar) <= 0;
	/* libslirp will drop it, and to ask about its connection takes long. */
	if (!packet_is_sound(p))
		return false;
	f->barred =
		!is_taken_at_once(faults, p, end) &&
		(end || flow_distance(flow, seq) > 0 || !has_marker(ct, flow));
	f->bar = seq;
	return !f->barred;
}

bool libslirp_faults_allow(const struct libslirp_faults *faults,
			   struct conntrack *ct, const struct packet *packet)
{
	uint8_t flags = packet->payload[13];
	size_t len = packet->payload_len - packet_tcp_header(packet);
	bool fin = flags & TCP_FIN;

	/* libslirp does not queue this one, or does not get it. */
	if (!packet->flow || packet->flow->deaf ||
	    (flags & (TCP_RST | TCP_SYN)) || (!len && !fin))
		return true;
	return is_allowed(faults, ct, packet, len, fin);
}

void libslirp_faults_learn(const struct packet *packet)
{
	const struct flow *flow = packet->flow;
	uint8_t flags = packet->payload[13];
	uint32_t ack = get_be32(packet->payload + 8);
	struct libslirp_faults_flow *f;

	if (!flow || (flags & TCP_RST))
		return;
	f = &packet->flow->faults;
	/* A connection begins. */
	if (flags & TCP_SYN)
		*f = (struct libslirp_faults_flow){
			.whole = f->whole || !flow->held, .since = f->since
		};
	if (!(flags & TCP_ACK))
		return;
	if (!flow->known || (flags & TCP_SYN))
		f->since = ack;
	if (ack - f->since > CONNTRACK_WINDOW)
		f->whole = true;
	if ((int32_t)(ack - MARKER_SEQ) > 0)
		f->marker = MARKER_NONE;
}
