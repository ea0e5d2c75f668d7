/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * neighbour.c - libslirp knows where its answers go
 *
 * Before libslirp sends something to an address, it asks by ARP or NDP whose
 * that is.  Meanwhile the packet waits for a second, in a buffer of the MTU's
 * size, and there is no limit to how many do.  A guest that sends from
 * addresses at which it does not answer would fill the host's memory.
 *
 * So before a packet from another address than the last one's, libslirp is
 * told by an announcement from which hardware address that one came.  It
 * remembers sixteen of each family, so what it answers at once never waits.
 */
#include "devices/slirp/neighbour.h"

#include <string.h>

#include "base/util.h"
#include "devices/nat/ip_frame.h"
#include "devices/slirp/internal.h"

enum {
	NDP_ADVERTISEMENT = 136,
	/* With the target's address, without options: RFC 4861, 4.4. */
	NDP_LEN = 24,
	NDP_HOPS = 255,
};

/* As guest_addr.c's question, but the answer to it: RFC 826. */
static void announce4(struct slirp_net *net, const struct packet *p)
{
	static const uint8_t kind[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 2 };
	uint8_t frame[ETHER_MIN] = { 0 };

	memcpy(frame + 6, p->frame + 6, 6);
	memcpy(frame + 12, kind, sizeof(kind));
	memcpy(frame + 22, p->frame + 6, 6);
	memcpy(frame + 28, p->addrs, 4);
	memcpy(frame + 38, &net->config->gateway, 4);
	slirp_input(net->slirp, frame, sizeof(frame));
}

static void announce6(struct slirp_net *net, const struct packet *p)
{
	uint8_t frame[ETHER_HEADER + IPV6_HEADER + NDP_LEN] = { 0 };
	uint8_t *message = frame + ip_frame_headers(16);
	struct net_end from = net_end_of(p->addrs, 16, 0);
	struct net_end to = net_end_of(&net->config->gateway6, 16, 0);
	size_t len;

	message[0] = NDP_ADVERTISEMENT;
	memcpy(message + 8, p->addrs, 16);
	len = ip_frame_write(frame, p->frame + 6, p->frame, &from, &to,
			     PROTOCOL_ICMPV6, NDP_LEN);
	frame[ETHER_HEADER + 7] = NDP_HOPS;
	icmp_frame_sum(frame, 16, NDP_LEN);
	slirp_input(net->slirp, frame, (int)len);
}

void slirp_neighbour_tell(struct slirp_net *net, const struct packet *packet)
{
	const struct packet *p = packet;
	struct net_end addr;

	if (p->ethertype == ETHERTYPE_ARP) {
		/* Perhaps about this one. */
		net->neighbour.addr.len = 0;
		return;
	}
	addr = net_end_of(p->addrs, p->addr_len, 0);
	net->neighbour.told_ns = net->now_ns;
	if (net_end_is(&net->neighbour.addr, &addr) &&
	    memcmp(net->neighbour.mac, p->frame + 6, 6) == 0)
		return;
	net->neighbour.addr = addr;
	memcpy(net->neighbour.mac, p->frame + 6, 6);
	if (p->addr_len == 4)
		announce4(net, p);
	else
		announce6(net, p);
}
