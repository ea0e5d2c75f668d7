/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * guest_addr.h - at which addresses the guest is
 *
 * However it came by them: from its ARP, from what it sends, from the lease
 * it is given.  One thread.
 */
#ifndef DEVICES_SLIRP_GUEST_ADDR_H
#define DEVICES_SLIRP_GUEST_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "devices/firewall/packet.h"

struct net_config;

struct guest_addr {
	/* Where it was heard from; all zeros while not known. */
	struct in_addr v4;
	struct in6_addr v6;
	/* Its hardware address, from there. */
	uint8_t mac[6];
	/* The lease it was given, which it may have yet to take. */
	struct in_addr leased;
	/* When they were last heard of. */
	uint64_t seen4_ns, seen6_ns;
	/* Other addresses of the guest's, from which it was heard while those
	 * above were in use, and when first; 0: there is none. */
	struct in_addr other4;
	struct in6_addr other6;
	uint8_t other4_mac[6], other6_mac[6];
	uint64_t other4_ns, other6_ns;
	/* When the guest was last asked whether it still has the one above; it
	 * is to be asked now. */
	uint64_t asked_ns;
	bool ask;
};

/*
 * Learn from @packet, a PACKET_OK on its way from the guest.  True when @v4
 * or @v6 is another now.  A guest with several addresses stays at the one
 * it was first heard from while it has it; of IPv6, one of the network's is
 * better than a link-local one.
 */
bool guest_addr_from(struct guest_addr *guest, const struct net_config *config,
		     const struct packet *packet, uint64_t now_ns);

/* Learn from @packet, a PACKET_OK on its way to the guest. */
void guest_addr_to(struct guest_addr *guest, const struct packet *packet);

/*
 * A guest that was given a lease, and is then set up by hand, may say so once,
 * in an ARP packet, and nothing from then on.  So when another address is heard
 * of, the guest is asked whether it still has the one it had.
 *
 * Whether to ask it now, by guest_addr_ask().
 */
bool guest_addr_doubts(struct guest_addr *guest);

/* It did not answer within a second, or for ten hasn't used the one of IPv6,
 * where nobody is asked: it is at the other address now.  True when @v4 or @v6
 * is another now. */
bool guest_addr_settle(struct guest_addr *guest, uint64_t now_ns);

/* When to call that again. */
uint64_t guest_addr_deadline(const struct guest_addr *guest);

/* Write the ETHER_MIN bytes of the gateway's question who has @addr. */
void guest_addr_ask(uint8_t *frame, struct in_addr gateway,
		    struct in_addr addr);

#endif
