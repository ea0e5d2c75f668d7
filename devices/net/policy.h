/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy.h - what a guest on the user network may reach
 *
 * libslirp passes on to the host's own loopback what is sent to the gateway,
 * to 127.0.0.0/8, 0.0.0.0 and their IPv6 kin, and its own two restrictions
 * (restricted, disable_host_loopback) also stop the answers that a guest
 * gives through a UDP forward.  So they are made here, frame by frame:
 *
 * - addresses that no host sends to over a wire are never let through;
 * - unless the host is wanted: the gateway doesn't stand for its loopback, and
 *   what only the host should reach is out of reach: its own addresses, groups
 *   (it may be a member), link-local addresses and others at which a cloud
 *   gives a machine its credentials;
 * - with restrict, nothing leaves but what answers a forward or goes to a
 *   service of the network itself (DHCP, TFTP, echo, guestfwd).
 *
 * All on one thread.
 */
#ifndef DEVICES_NET_POLICY_H
#define DEVICES_NET_POLICY_H

#include <netinet/in.h>

#include "devices/net/packet.h"

/* Peers that may be answered: a table, by address and ports. */
enum { POLICY_SETS = 256, POLICY_WAYS = 8 };

/* Who sent a datagram through a forward, as the guest sees it. */
struct policy_peer {
	uint8_t addr[16];
	size_t addr_len;
	uint16_t port, guest_port;
};

/* An address and port within the network that is a service. */
struct policy_service {
	struct in_addr addr;
	uint16_t port;
};

/* To be filled in by the user, as far as the line. */
struct policy {
	/* Nothing leaves; the host may be reached, by the gateway's address
	 * its loopback; a TFTP server is wanted. */
	bool restricted, host, tftp;
	/* Whether the host takes a packet to @addr for itself, as
	 * host_route_is_local() has it.  Not called with @host. */
	bool (*is_local)(void *arg, const void *addr, size_t len);
	void *arg;
	struct in_addr subnet, netmask, gateway, dns;
	struct in6_addr gateway6, dns6;
	const struct policy_service *services;
	size_t n_services;
	/* ---- */
	struct policy_peer peers[POLICY_SETS][POLICY_WAYS];
	/* Which of a set gives way next. */
	uint8_t next_peer[POLICY_SETS];
};

/* Whether libslirp may see @packet, a PACKET_OK from the guest. */
bool policy_allows(const struct policy *policy, const struct packet *packet);

/* Whether @packet, of TCP or UDP, is to a service's address and port. */
bool policy_is_service(const struct policy *policy,
		       const struct packet *packet);

/* Whether @packet, of UDP, is for a server of this network's own, without a
 * socket. */
bool policy_serves(const struct policy *policy, const struct packet *packet);

/* Note that @packet, a UDP packet on its way to the guest, came through a
 * forward, so that answers to it are let through. */
void policy_note_peer(struct policy *policy, const struct packet *packet);

#endif
