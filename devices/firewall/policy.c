/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/firewall/policy.h"

#include <string.h>

#include "base/util.h"

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

/* Broadcast, or a multicast group that no router forwards. */
static bool is_broadcast(const struct policy *policy, const struct packet *p)
{
	static const uint8_t ones[4] = { 255, 255, 255, 255 };
	static const uint8_t multicast[3] = { 224, 0, 0 };
	static const uint8_t multicast6[2] = { 0xff, 2 };
	const uint8_t *to = destination(p);

	const struct in_addr last = { policy->subnet.s_addr |
				      ~policy->netmask.s_addr };

	if (p->addr_len == 4)
		return is_to(p, ones) || is_to(p, &last) ||
		       memcmp(to, multicast, sizeof(multicast)) == 0;
	return memcmp(to, multicast6, sizeof(multicast6)) == 0;
}

/* Addresses that no packet on a wire has, and that the host's kernel would send
 * to its own loopback: 0.0.0.0/8, 127.0.0.0/8, and of IPv6 ::, ::1 and the
 * mapped and compatible IPv4 addresses. */
static bool is_martian(const uint8_t *addr, size_t len)
{
	static const uint8_t zeros[10];

	if (len == 4)
		return addr[0] == 0 || addr[0] == 127;
	return memcmp(addr, zeros, sizeof(zeros)) == 0;
}

/* libslirp takes each IPv6 address of the network's prefix for the gateway, and
 * connects to the host's loopback. */
static bool is_gateway(const struct policy *policy, const struct packet *p)
{
	return p->addr_len == 4 ?
		       is_to(p, &policy->gateway) :
		       memcmp(destination(p), &policy->gateway6, 8) == 0;
}

/* The address family is known from where it is used. */
struct prefix {
	unsigned len;
	uint8_t bytes[16];
};

static bool is_within(const uint8_t *addr, const struct prefix *prefix)
{
	size_t whole = prefix->len / 8;
	uint8_t mask = (uint8_t)(0xff00 >> prefix->len % 8);

	return memcmp(addr, prefix->bytes, whole) == 0 &&
	       (!mask || !((addr[whole] ^ prefix->bytes[whole]) & mask));
}

static bool is_any_of(const uint8_t *addr, const struct prefix *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_within(addr, &list[i]))
			return true;
	return false;
}

/* Multicast groups, link-local addresses, and others at which a cloud gives a
 * machine its credentials: Alibaba's, Azure's and Oracle's first. */
static const struct prefix machines4[] = {
	{ 4, { 224 } },
	{ 16, { 169, 254 } },
	{ 32, { 100, 100, 100, 200 } },
	{ 32, { 168, 63, 129, 16 } },
	{ 32, { 192, 0, 0, 192 } },
};

/* Amazon, Oracle, Google. */
static const struct prefix machines6[] = {
	{ 8, { 0xff } },
	{ 10, { 0xfe, 0x80 } },
	{ 32, { 0xfd, 0x00, 0x0e, 0xc2 } },
	{ 128, { 0xfd, 0, 0, 0xc1, [12] = 0xa9, 0xfe, 0xa9, 0xfe } },
	{ 128, { 0xfd, 0x20, 0, 0xce, [14] = 2, 0x54 } },
};

static bool is_machines4(const struct policy *policy, const uint8_t *addr)
{
	return is_any_of(addr, machines4, ARRAY_SIZE(machines4)) ||
	       policy->is_local(policy->arg, addr, 4);
}

/* The IPv4 address inside this IPv6 address, which a translator on the way, or
 * the host itself, would send the packet to: RFC 6052 and 3056. */
static const uint8_t *translated(const uint8_t *addr)
{
	static const struct prefix nat64 = { 96, { 0, 0x64, 0xff, 0x9b } };
	static const struct prefix six_to_four = { 16, { 0x20, 0x02 } };

	if (is_within(addr, &nat64))
		return addr + 12;
	return is_within(addr, &six_to_four) ? addr + 2 : NULL;
}

static bool is_machines6(const struct policy *policy, const uint8_t *addr)
{
	const uint8_t *v4 = translated(addr);

	return is_any_of(addr, machines6, ARRAY_SIZE(machines6)) ||
	       (v4 && (is_martian(v4, 4) || is_machines4(policy, v4))) ||
	       policy->is_local(policy->arg, addr, 16);
}

/* Whether the packet goes to the host itself, or to what only the host should
 * reach. */
static bool reaches_host(const struct policy *policy, const struct packet *p)
{
	const uint8_t *to = destination(p);

	if (is_gateway(policy, p))
		return true;
	return p->addr_len == 4 ? is_machines4(policy, to) :
				  is_machines6(policy, to);
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

/* To the multicast group of all DHCP servers.  libslirp forwards packets to
 * other groups. */
static bool is_to_dhcp_servers(const struct packet *p)
{
	static const uint8_t ones[4] = { 255, 255, 255, 255 };
	static const uint8_t servers6[16] = { 0xff, 2, [13] = 1, [15] = 2 };

	return p->addr_len == 4 ? is_to(p, ones) : is_to(p, servers6);
}

/* Whether libslirp itself answers this UDP packet. */
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

/* Whether a packet to an address outside of the network may leave. */
static bool may_leave(const struct policy *policy, const struct packet *p)
{
	if (policy->restricted || is_broadcast(policy, p))
		return false;
	return policy->host || !reaches_host(policy, p);
}

/* Whether a TCP or UDP packet may leave for where it is going. */
static bool may_connect(const struct policy *policy, const struct packet *p)
{
	if (is_to(p, dns(policy, p)))
		return !policy->restricted &&
		       get_be16(p->payload + 2) == PORT_DNS;
	return may_leave(policy, p);
}

static bool udp_allowed(const struct policy *policy, const struct packet *p)
{
	return is_local_udp(policy, p) || may_connect(policy, p) ||
	       (policy->is_answer && policy->is_answer(policy->answer_arg, p));
}

/* Only a connection's first segment matters: without it there is no
 * connection. */
static bool tcp_allowed(const struct policy *policy, const struct packet *p)
{
	uint8_t flags = p->payload[13];

	return !(flags & TCP_SYN) || (flags & TCP_ACK) ||
	       policy_is_service(policy, p) || may_connect(policy, p);
}

/* An echo request that libslirp answers for the network. */
static bool is_local_echo(const struct policy *policy, const struct packet *p)
{
	static const uint8_t link_local[16] = { 0xfe, 0x80, [15] = 2 };

	return is_to(p, gateway(policy, p)) ||
	       is_to(p, p->addr_len == 4 ? dns(policy, p) : link_local);
}

/* The other messages of ICMPv6 are for neighbours and routers; ICMP has no
 * others. */
static bool icmp_allowed(const struct policy *policy, const struct packet *p)
{
	if (p->payload[0] != (p->addr_len == 4 ? ICMP_ECHO : ICMPV6_ECHO))
		return p->addr_len == 16;
	return is_local_echo(policy, p) || may_leave(policy, p);
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
	default:
		return icmp_allowed(policy, packet);
	}
}

bool policy_is_local(const struct policy *policy, const struct packet *packet)
{
	if (packet->protocol == PROTOCOL_UDP)
		return is_local_udp(policy, packet);
	return packet->payload[0] !=
		       (packet->addr_len == 4 ? ICMP_ECHO : ICMPV6_ECHO) ||
	       is_local_echo(policy, packet);
}

bool policy_is_resolver(const struct policy *policy,
			const struct packet *packet)
{
	return is_to(packet, dns(policy, packet));
}

bool policy_is_group(const struct policy *policy, const struct packet *packet)
{
	const uint8_t *to = destination(packet);

	return is_broadcast(policy, packet) ||
	       (packet->addr_len == 4 ? (to[0] & 0xf0) == 0xe0 : to[0] == 0xff);
}
