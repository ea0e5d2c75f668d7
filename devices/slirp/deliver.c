/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/deliver.h"

#include <string.h>
#include <time.h>

#include "base/count.h"
#include "devices/firewall/segment.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/timewait.h"

/* How long the first of the backlog may wait. */
#define AGE_NS NSEC_PER_SEC

/* ---- To the guest, now or later. ---- */

void slirp_capture(struct slirp_net *net, bool to_guest, const void *frame,
		   size_t len)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	pcapng_frame(net->capture, to_guest,
		     (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec,
		     frame, len);
}

static void deliver(struct slirp_net *net, const void *frame, size_t len)
{
	struct slirp_delivery *d = &net->delivery;

	if (net->capture)
		slirp_capture(net, true, frame, len);
	count_add(&d->frames, 1);
	count_add(&d->bytes, len);
	d->delivered = true;
	if (!d->backlog.first && net->nic.rx(net->nic.arg, frame, len))
		return;
	if (!d->backlog.first)
		d->first_ns = net->now_ns;
	count_add(&d->waited, 1);
	backlog_add(&d->backlog, frame, len);
}

void slirp_stack_deliver(struct slirp_net *net, const void *frame, size_t len)
{
	uint8_t padded[ETHER_MIN] = { 0 };

	if (len >= ETHER_MIN) {
		deliver(net, frame, len);
		return;
	}
	memcpy(padded, frame, len);
	deliver(net, padded, sizeof(padded));
}

static size_t fragment(const struct slirp_net *net, const struct packet *p,
		       size_t n, uint8_t *out)
{
	uint32_t id = net->delivery.fragment_id;

	return p->ethertype == ETHERTYPE_IPV4 ?
		       segment_fragment4(p, net->mtu, (uint16_t)id, n, out) :
		       segment_fragment6(p, net->mtu, id, n, out);
}

static bool deliver_fragments(struct slirp_net *net, const void *buf,
			      size_t buf_len)
{
	uint8_t *frame = (uint8_t *)(uintptr_t)buf;
	uint8_t out[ETHER_HEADER + NET_MTU_MAX] UNINITIALIZED;
	struct packet p;
	size_t len;

	if (packet_parse(&p, frame, buf_len) != PACKET_OK ||
	    p.ethertype == ETHERTYPE_ARP ||
	    (p.ethertype == ETHERTYPE_IPV6 && net->mtu < NET_MTU_IPV6))
		return false;
	net->delivery.fragment_id++;
	for (size_t i = 0; (len = fragment(net, &p, i, out)); i++)
		slirp_stack_deliver(net, out, len);
	return true;
}

void slirp_stack_cut(struct slirp_net *net, const void *frame, size_t len)
{
	if (len <= ETHER_HEADER + net->mtu ||
	    !deliver_fragments(net, frame, len))
		slirp_stack_deliver(net, frame, len);
}

static bool is_too_old(const struct slirp_net *net)
{
	return net->now_ns - net->delivery.first_ns >= AGE_NS;
}

void slirp_deliver_backlog(struct slirp_net *net)
{
	struct slirp_delivery *d = &net->delivery;
	const void *frame;
	size_t len;

	while ((frame = backlog_first(&d->backlog, &len))) {
		if (net->nic.rx(net->nic.arg, frame, len))
			d->delivered = true;
		else if (is_too_old(net))
			count_add(&d->aged, 1);
		else
			return;
		backlog_remove(&d->backlog);
		d->first_ns = net->now_ns;
	}
}

void slirp_deliver_done(struct slirp_net *net)
{
	if (net->delivery.delivered)
		net->nic.rx_done(net->nic.arg);
	net->delivery.delivered = false;
}

void slirp_deliver_clear(struct slirp_net *net)
{
	backlog_clear(&net->delivery.backlog);
	net->delivery.delivered = false;
}

uint64_t slirp_deliver_deadline(const struct slirp_net *net)
{
	return net->delivery.backlog.first ? net->delivery.first_ns + AGE_NS :
					     UINT64_MAX;
}

/* ---- What libslirp sends. ---- */

static void begin(struct slirp_net *net, const struct packet *p)
{
	if (!p->flow)
		return;
	slirp_timewait_renew(net, p->flow, false);
	slirp_pairing_to(net, p);
}

/* Make @p one that the guest may see, and learn from it; false: it may not. */
static bool pass_tcp(struct slirp_net *net, struct packet *p)
{
	struct conntrack *ct = &net->firewall.conntrack;

	if (net->aliases.any && !slirp_alias_to(net, p)) {
		slirp_timewait_refuse(net, p);
		return false;
	}
	conntrack_to_flow(ct, p);
	if (p->payload[13] & TCP_SYN)
		begin(net, p);
	if (net->firewall.faults.has[FAULT_ZERO])
		libslirp_faults_learn(p);
	if (conntrack_to(ct, p))
		slirp_timewait_note(net, p->flow);
	return true;
}

/* The answer to a guest that asks for an address. */
static void learn_dhcp(struct slirp_net *net, const struct packet *p)
{
	dhcp_leases_to(&net->leases, p);
	guest_addr_to(&net->guest, p);
}

ssize_t slirp_send_packet(const void *buf, size_t len, void *opaque)
{
	struct slirp_net *net = opaque;
	/* A buffer of libslirp's, which doesn't look at it any more. */
	uint8_t *frame = (uint8_t *)(uintptr_t)buf;
	struct packet p;
	bool good = packet_parse(&p, frame, len) == PACKET_OK;

	if (good && p.protocol == PROTOCOL_TCP && !pass_tcp(net, &p))
		return (ssize_t)len;
	if (good && p.protocol == PROTOCOL_UDP &&
	    get_be16(p.payload) == DHCP_SERVER_PORT)
		learn_dhcp(net, &p);
	/* libslirp cuts what is too large for the guest of IPv4 only. */
	slirp_stack_cut(net, buf, len);
	return (ssize_t)len;
}
