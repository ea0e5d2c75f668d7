/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * defrag.h - whole IP datagrams from fragments
 *
 * As RFC 791 and RFC 8200 say, within bounds: a fixed number of datagrams is
 * kept, each for a limited time, and a new one replaces the oldest.  A datagram
 * with fragments that overlap is dropped: RFC 8200, 4.5 says so for IPv6, and
 * no honest sender makes such fragments.  Options of IPv4 are not kept.  No
 * error is sent for a datagram that is given up.
 *
 * Fragments are not trusted.  All on one thread.
 */
#ifndef DEVICES_FIREWALL_DEFRAG_H
#define DEVICES_FIREWALL_DEFRAG_H

#include <stdint.h>

#include "base/util.h"
#include "devices/firewall/packet.h"

enum {
	DEFRAG_SLOTS = 8,
	/* The largest payload of IPv4, in bytes; IPv6 doesn't count its
	 * header. */
	DEFRAG_PAYLOAD = 65535 - IPV4_HEADER,
	/* Protocol, source and destination, identification. */
	DEFRAG_KEY = 1 + 32 + 4,
};

#define DEFRAG_TIME_NS (15 * NSEC_PER_SEC)

struct defrag_slot {
	bool used;
	/* What only the fragments of this datagram have in common. */
	uint8_t key[DEFRAG_KEY];
	/* The payload's protocol, once the first fragment has come. */
	uint8_t protocol;
	uint64_t since_ns;
	/* In bytes: how much has come, where the furthest fragment ends, and
	 * how long the datagram is; 0 while that is not known. */
	uint32_t received, end, total;
	/* A bit for each unit of 8 bytes that has come. */
	uint64_t units[8192 / 64];
	uint8_t frame[ETHER_HEADER + IPV6_HEADER + 65536];
};

/* To be zero-initialised. */
struct defrag {
	struct defrag_slot slots[DEFRAG_SLOTS];
	/* Datagrams completed and given up. */
	uint64_t completed, dropped;
};

/*
 * Take in @fragment, a PACKET_FRAGMENT, at @now_ns.  Returns the frame that it
 * completes, of *@len bytes and valid until the next call, or NULL.
 */
uint8_t *defrag_add(struct defrag *defrag, const struct packet *fragment,
		    uint64_t now_ns, size_t *len);

/* Drop all datagrams that are not complete, without counting them. */
void defrag_reset(struct defrag *defrag);

#endif
