/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * neighbour.c - tells libslirp where its answers go
 *
 * Before libslirp sends something to an address, it asks by ARP or NDP whose
 * that is.  Meanwhile the packet waits for a second, in a buffer of the MTU's
 * size, and there is no limit to how many do.  A guest that sends from
 * addresses at which it does not answer would fill the host's memory.
 *
 * So when a packet has another sender than the last one, libslirp first gets an
 * announcement of the sender's hardware address.  It remembers sixteen for each
 * address family, so an answer that it sends at once never waits.
 *
 * Each instance remembers addresses of its own.  The first instance answers the
 * guest's questions; what the guest tells of itself, all instances get.
 */
#include "devices/slirp/neighbour.h"

#include <string.h>

#include "base/util.h"
#include "devices/nat/ip_frame.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/shard.h"

enum {
	NDP_ADVERTISEMENT = 136,
	/* With the target's address, without options: RFC 4861, 4.4. */
	NDP_LEN = 24,
	NDP_HOPS = 255,
};

/* Where ARP has its operation, its length, and the value for an answer. */
enum { ARP_OP = 20, ARP_LEN = 42, ARP_ANSWER = 2 };

/* The same as guest_addr.c's question, but as an answer: RFC 826. */
static void announce4(struct slirp_shard *shard, const void *addr,
		      const uint8_t *mac)
{
	static const uint8_t kind[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, ARP_ANSWER };
	uint8_t frame[ETHER_MIN] = { 0 };

	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, kind, sizeof(kind));
	memcpy(frame + 22, mac, 6);
	memcpy(frame + 28, addr, 4);
	memcpy(frame + 38, &shard->net->config->gateway, 4);
	slirp_input(shard->slirp, frame, sizeof(frame));
}

static void announce6(struct slirp_shard *shard, const void *addr,
		      const uint8_t *mac)
{
	uint8_t frame[ETHER_HEADER + IPV6_HEADER + NDP_LEN] = { 0 };
	uint8_t *message = frame + ip_frame_headers(16);
	struct net_end from = net_end_of(addr, 16, 0);
	struct net_end to = net_end_of(&shard->net->config->gateway6, 16, 0);
	size_t len;

	message[0] = NDP_ADVERTISEMENT;
	memcpy(message + 8, addr, 16);
	len = ip_frame_write(frame, mac, mac, &from, &to, PROTOCOL_ICMPV6,
			     NDP_LEN);
	frame[ETHER_HEADER + 7] = NDP_HOPS;
	icmp_frame_sum(frame, 16, NDP_LEN);
	slirp_input(shard->slirp, frame, (int)len);
}

bool slirp_neighbour_is(const struct slirp_neighbour *neighbour,
			const struct packet *packet)
{
	const struct packet *p = packet;

	return p->addr_len && neighbour->addr.len == p->addr_len &&
	       memcmp(neighbour->addr.addr, p->addrs, p->addr_len) == 0 &&
	       memcmp(neighbour->mac, p->frame + 6, 6) == 0;
}

void slirp_neighbour_note(struct slirp_neighbour *neighbour,
			  const struct packet *packet)
{
	const struct packet *p = packet;

	/* ARP packets have no IP header. */
	neighbour->addr = (struct net_end){ .len = 0 };
	if (p->addr_len)
		neighbour->addr = net_end_of(p->addrs, p->addr_len, 0);
	memcpy(neighbour->mac, p->frame + 6, 6);
}

void slirp_neighbour_tell(struct slirp_shard *shard,
			  const struct packet *packet)
{
	const struct packet *p = packet;

	if (p->ethertype == ETHERTYPE_ARP ||
	    slirp_neighbour_is(&shard->neighbour, p))
		return;
	slirp_neighbour_note(&shard->neighbour, p);
	if (p->addr_len == 4)
		announce4(shard, p->addrs, p->frame + 6);
	else
		announce6(shard, p->addrs, p->frame + 6);
}

void slirp_neighbour_tell_guest(struct slirp_shard *shard)
{
	static const struct in6_addr zeros;
	const struct guest_addr *guest = &shard->net->guest;

	if (guest->v4.s_addr)
		announce4(shard, &guest->v4, guest->mac);
	if (memcmp(&guest->v6, &zeros, sizeof(zeros)) != 0)
		announce6(shard, &guest->v6, guest->mac);
}

static void share(struct slirp_shard *shard, const struct packet *p)
{
	uint8_t frame[ETHER_MIN] = { 0 };

	if (p->ethertype != ETHERTYPE_ARP) {
		slirp_neighbour_tell(shard, p);
		slirp_stack_input(shard, p->frame, p->len);
		return;
	}
	/* As an answer, so that libslirp does not answer it. */
	memcpy(frame, p->frame, MIN(p->len, (size_t)ARP_LEN));
	frame[ARP_OP] = 0;
	frame[ARP_OP + 1] = ARP_ANSWER;
	slirp_stack_input(shard, frame, sizeof(frame));
}

static bool is_advertisement(const struct packet *p)
{
	return p->ethertype == ETHERTYPE_IPV6 &&
	       p->protocol == PROTOCOL_ICMPV6 && p->payload_len &&
	       p->payload[0] == NDP_ADVERTISEMENT;
}

void slirp_neighbour_share(struct slirp_net *net, const struct packet *packet)
{
	bool arp = packet->ethertype == ETHERTYPE_ARP;

	if (!arp && !is_advertisement(packet))
		return;
	for (unsigned i = 0; i < net->shards.n; i++) {
		if (i)
			share(&net->shards.list[i], packet);
		/* It may be about the sender that the instance was told of
		 * last. */
		if (arp)
			net->shards.list[i].neighbour.addr.len = 0;
	}
}
