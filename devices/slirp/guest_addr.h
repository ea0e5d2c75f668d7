/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_addr.h - the addresses that the guest has
 *
 * They are learnt from the guest's ARP, from the packets it sends, and from the
 * lease that it is given.  One thread.
 */
#ifndef DEVICES_SLIRP_GUEST_ADDR_H
#define DEVICES_SLIRP_GUEST_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "devices/firewall/packet.h"

struct net_config;

struct guest_addr {
	/* The sender's addresses in the guest's packets; all zeros while not
	 * known. */
	struct in_addr v4;
	struct in6_addr v6;
	/* The hardware address of the same packets. */
	uint8_t mac[6];
	/* The lease that the guest was given, which it may not use yet. */
	struct in_addr leased;
	/* When the guest last used them. */
	uint64_t seen4_ns, seen6_ns;
	/* Other addresses that the guest has used while those above were in
	 * use, and when it first did; 0: there is none. */
	struct in_addr other4;
	struct in6_addr other6;
	uint8_t other4_mac[6], other6_mac[6];
	uint64_t other4_ns, other6_ns;
	/* When the guest was last asked whether it still has the address above;
	 * whether it is to be asked now. */
	uint64_t asked_ns;
	bool ask;
};

/*
 * Learn from @packet, a PACKET_OK on its way from the guest.  True if @v4 or
 * @v6 has changed.  Of several addresses the first one is kept for as long as
 * the guest has it; for IPv6, an address of the network is preferred to a
 * link-local one.
 */
bool guest_addr_from(struct guest_addr *guest, const struct net_config *config,
		     const struct packet *packet, uint64_t now_ns);

/* Learn from @packet, a PACKET_OK on its way to the guest. */
void guest_addr_to(struct guest_addr *guest, const struct packet *packet);

/*
 * A guest that was given a lease, and is then configured by hand, may tell its
 * new address once, in an ARP packet, and then be silent.  So when the guest
 * uses another address, it is asked whether it still has the old one.
 *
 * Whether to ask that now, by guest_addr_ask().
 */
bool guest_addr_doubts(struct guest_addr *guest);

/* The guest has moved to the other address if it did not answer within a
 * second.  For IPv6, which is not asked for, it has moved if it did not use the
 * old address for ten seconds.  True if @v4 or @v6 has changed. */
bool guest_addr_settle(struct guest_addr *guest, uint64_t now_ns);

/* When to call guest_addr_settle() again. */
uint64_t guest_addr_deadline(const struct guest_addr *guest);

/* Write the ARP request of the gateway for @addr, of ETHER_MIN bytes. */
void guest_addr_ask(uint8_t *frame, struct in_addr gateway,
		    struct in_addr addr);

#endif
