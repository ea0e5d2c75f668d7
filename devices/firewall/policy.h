/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy.h - what a guest on the user network may reach
 *
 * libslirp sends to the host's own loopback whatever is addressed to the
 * gateway, to 127.0.0.0/8, to 0.0.0.0 and to the like of IPv6.  One of its two
 * restrictions (disable_host_loopback) forbids too little, the other
 * (restricted) too much.  So what a guest may reach is decided here, packet by
 * packet, also for UDP, which does not go to libslirp (udp_nat.h):
 *
 * - Packets to addresses that no host uses on a wire never pass.
 * - Unless the user allows the host (host=on), the gateway does not stand for
 *   its loopback, and what only the host should reach is out of reach: the
 *   host's own addresses, groups of which it may be a member, link-local
 *   addresses, and others at which a cloud gives a machine its credentials.
 * - With restrict, nothing leaves but answers through a forward and what goes
 *   to a service of the network itself (DHCP, TFTP, echo, guestfwd).
 *
 * All on one thread.
 */
#ifndef DEVICES_FIREWALL_POLICY_H
#define DEVICES_FIREWALL_POLICY_H

#include <netinet/in.h>

#include "devices/firewall/packet.h"

/* An address and port of the guest's network that offer a service. */
struct policy_service {
	struct in_addr addr;
	uint16_t port;
};

struct policy {
	/* Whether nothing may leave the network; whether the guest may reach
	 * the host, and the host's loopback at the gateway's address; whether
	 * there is a TFTP server. */
	bool restricted, host, tftp;
	/* Whether the host takes a packet to @addr for itself, as
	 * host_route_is_local() has it.  Not called with @host. */
	bool (*is_local)(void *arg, const void *addr, size_t len);
	void *arg;
	/* Whether @packet, of UDP, answers a client that came through a
	 * forward.  NULL: there are no such clients. */
	bool (*is_answer)(void *arg, const struct packet *packet);
	void *answer_arg;
	struct in_addr subnet, netmask, gateway, dns;
	struct in6_addr gateway6, dns6;
	const struct policy_service *services;
	size_t n_services;
};

/* Whether libslirp may see @packet, a PACKET_OK from the guest. */
bool policy_allows(const struct policy *policy, const struct packet *packet);

/* Whether @packet, of TCP or UDP, is to a service's address and port. */
bool policy_is_service(const struct policy *policy,
		       const struct packet *packet);

/* Whether @packet, which is allowed and no TCP, is for the network itself:
 * DHCP, TFTP, neighbours and routers of IPv6, echo requests to the gateway or
 * the name server. */
bool policy_is_local(const struct policy *policy, const struct packet *packet);

/* Whether @packet is for the name server's address. */
bool policy_is_resolver(const struct policy *policy,
			const struct packet *packet);

/* Whether @packet is for more than one host. */
bool policy_is_group(const struct policy *policy, const struct packet *packet);

#endif
