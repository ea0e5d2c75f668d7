/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/policy.h"

#include <string.h>

enum {
	PORT_DNS = 53,
	PORT_DHCP = 67,
	PORT_TFTP = 69,
	PORT_DHCPV6 = 547,
	ICMP_ECHO = 8,
	ICMPV6_ECHO = 128,
};

static const uint8_t *destination(const struct packet *p)
{
	return p->addrs + p->addr_len;
}

static bool is_to(const struct packet *p, const void *addr)
{
	return memcmp(destination(p), addr, p->addr_len) == 0;
}

static const void *gateway(const struct policy *policy, const struct packet *p)
{
	return p->addr_len == 4 ? (const void *)&policy->gateway :
				  &policy->gateway6;
}

static const void *dns(const struct policy *policy, const struct packet *p)
{
	return p->addr_len == 4 ? (const void *)&policy->dns : &policy->dns6;
}

/* To all, or a group, of one link. */
static bool is_broadcast(const struct packet *p)
{
	static const uint8_t ones[4] = { 255, 255, 255, 255 };
	static const uint8_t multicast[3] = { 224, 0, 0 };
	static const uint8_t multicast6[2] = { 0xff, 2 };
	const uint8_t *to = destination(p);

	if (p->addr_len == 4)
		return is_to(p, ones) ||
		       memcmp(to, multicast, sizeof(multicast)) == 0;
	return memcmp(to, multicast6, sizeof(multicast6)) == 0;
}

/* No host sends to these over a wire; the host's kernel takes them for its
 * own loopback: 0.0.0.0/8, 127.0.0.0/8, and of IPv6 ::, ::1 and the mapped
 * and compatible IPv4 addresses. */
static bool is_martian(const uint8_t *addr, size_t len)
{
	static const uint8_t zeros[10];

	if (len == 4)
		return addr[0] == 0 || addr[0] == 127;
	return memcmp(addr, zeros, sizeof(zeros)) == 0;
}

/* All of the network's prefix is the host's loopback to libslirp. */
static bool is_gateway(const struct policy *policy, const struct packet *p)
{
	return p->addr_len == 4 ?
		       is_to(p, &policy->gateway) :
		       memcmp(destination(p), &policy->gateway6, 8) == 0;
}

static bool is_same_peer(const struct policy_peer *a,
			 const struct policy_peer *b)
{
	return a->addr_len == b->addr_len && a->port == b->port &&
	       a->guest_port == b->guest_port &&
	       memcmp(a->addr, b->addr, a->addr_len) == 0;
}

/* In which set it is, or would be. */
static unsigned set_of(const struct policy_peer *peer)
{
	uint32_t hash = (uint32_t)peer->guest_port << 16 | peer->port;

	/* FNV-1a. */
	for (size_t i = 0; i < peer->addr_len; i++)
		hash = (hash ^ peer->addr[i]) * 0x01000193;
	return hash % POLICY_SETS;
}

static bool has_peer(const struct policy *policy,
		     const struct policy_peer *peer)
{
	const struct policy_peer *set = policy->peers[set_of(peer)];

	for (unsigned i = 0; i < POLICY_WAYS; i++)
		if (is_same_peer(&set[i], peer))
			return true;
	return false;
}

static bool is_peer(const struct policy *policy, const struct packet *p)
{
	struct policy_peer peer = {
		.addr_len = p->addr_len,
		.port = get_be16(p->payload + 2),
		.guest_port = get_be16(p->payload),
	};

	memcpy(peer.addr, destination(p), p->addr_len);
	return has_peer(policy, &peer);
}

bool policy_is_service(const struct policy *policy, const struct packet *packet)
{
	const struct packet *p = packet;

	for (size_t i = 0; i < policy->n_services && p->addr_len == 4; i++) {
		const struct policy_service *service = &policy->services[i];

		if (is_to(p, &service->addr) &&
		    service->port == get_be16(p->payload + 2))
			return true;
	}
	return false;
}

/* To all servers of DHCP; what is for other groups libslirp sends on. */
static bool is_to_dhcp_servers(const struct packet *p)
{
	static const uint8_t ones[4] = { 255, 255, 255, 255 };
	static const uint8_t servers6[16] = { 0xff, 2, [13] = 1, [15] = 2 };

	return p->addr_len == 4 ? is_to(p, ones) : is_to(p, servers6);
}

/* Whether libslirp itself answers it. */
static bool is_local_udp(const struct policy *policy, const struct packet *p)
{
	bool to_gateway = is_to(p, gateway(policy, p));

	switch (get_be16(p->payload + 2)) {
	case PORT_DHCP:
		return p->addr_len == 4 &&
		       (to_gateway || is_to_dhcp_servers(p));
	case PORT_DHCPV6:
		return p->addr_len == 16 &&
		       (to_gateway || is_to_dhcp_servers(p));
	case PORT_TFTP:
		return policy->tftp && to_gateway;
	default:
		return false;
	}
}

/* Whether a TCP or UDP packet may leave for where it is going. */
static bool may_leave(const struct policy *policy, const struct packet *p)
{
	if (policy->restricted || is_broadcast(p))
		return false;
	if (is_to(p, dns(policy, p)))
		return get_be16(p->payload + 2) == PORT_DNS;
	return policy->host_loopback || !is_gateway(policy, p);
}

static bool udp_allowed(const struct policy *policy, const struct packet *p)
{
	return is_local_udp(policy, p) || may_leave(policy, p) ||
	       is_peer(policy, p);
}

/* Only a connection's first segment matters: without it there is none. */
static bool tcp_allowed(const struct policy *policy, const struct packet *p)
{
	uint8_t flags = p->payload[13];

	return !(flags & TCP_SYN) || (flags & TCP_ACK) ||
	       policy_is_service(policy, p) || may_leave(policy, p);
}

/* IPv6 echo requests do not leave at all: libslirp cannot. */
static bool icmp6_allowed(const struct policy *policy, const struct packet *p)
{
	static const uint8_t link_local[16] = { 0xfe, 0x80, [15] = 2 };

	return p->payload[0] != ICMPV6_ECHO || is_to(p, &policy->gateway6) ||
	       is_to(p, link_local);
}

static bool icmp_allowed(const struct policy *policy, const struct packet *p)
{
	if (p->payload[0] != ICMP_ECHO)
		return false;
	return is_to(p, &policy->gateway) || is_to(p, &policy->dns) ||
	       (!policy->restricted && !is_broadcast(p));
}

bool policy_allows(const struct policy *policy, const struct packet *packet)
{
	if (packet->ethertype == ETHERTYPE_ARP)
		return true;
	if (is_martian(destination(packet), packet->addr_len))
		return false;
	switch (packet->protocol) {
	case PROTOCOL_UDP:
		return udp_allowed(policy, packet);
	case PROTOCOL_TCP:
		return tcp_allowed(policy, packet);
	case PROTOCOL_ICMPV6:
		return icmp6_allowed(policy, packet);
	default:
		return icmp_allowed(policy, packet);
	}
}

void policy_note_peer(struct policy *policy, const struct packet *packet)
{
	struct policy_peer peer = {
		.addr_len = packet->addr_len,
		.port = get_be16(packet->payload),
		.guest_port = get_be16(packet->payload + 2),
	};
	unsigned set;

	memcpy(peer.addr, packet->addrs, packet->addr_len);
	if (has_peer(policy, &peer))
		return;
	set = set_of(&peer);
	policy->peers[set][policy->next_peer[set]++ % POLICY_WAYS] = peer;
}
