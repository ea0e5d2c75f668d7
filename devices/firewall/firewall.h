/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * firewall.h - what stands between the guest's frames and libslirp
 *
 * libslirp trusts its guest more than a hypervisor may.  What it is spared:
 *
 * - all but well-formed ARP, IPv4 and IPv6 with TCP, UDP and ICMP, lengths
 *   checked;
 * - fragments, which are put together here: what the guest may reach is seen
 *   in whole packets only, UDP goes past libslirp, and of IPv6 it takes none;
 * - what brings old versions of it down (libslirp_faults.h);
 * - options of a TCP SYN that a slow guest sends once more: at a maximum
 *   segment size libslirp begins with empty buffers, and what was in them is
 *   lost;
 * - data in a TCP SYN, which it would never acknowledge, and lose: it is cut
 *   off, and the guest sends it once more;
 * - data by which a guest asks whether a TCP window is closed still: where
 *   there is room, but too little to tell of it, libslirp takes that in, and
 *   then tells of a window that is not there, and not of one that is (the
 *   guest stands still, or has to ask each time).  It gets a sequence number
 *   that makes it old, which libslirp answers;
 * - TCP segments ahead of their turn without end, which it would all keep
 *   (tcp_queue.h);
 * - what the guest may not reach (policy.h).
 *
 * All on the thread that calls libslirp; the counters may be read by any.
 */
#ifndef DEVICES_FIREWALL_FIREWALL_H
#define DEVICES_FIREWALL_FIREWALL_H

#include "devices/firewall/conntrack.h"
#include "devices/firewall/defrag.h"
#include "devices/firewall/libslirp_faults.h"
#include "devices/firewall/packet.h"
#include "devices/firewall/policy.h"

/* Why a frame was dropped. */
enum firewall_drop {
	DROP_MALFORMED,
	DROP_ETHERTYPE,
	DROP_PROTOCOL,
	/* From an address that is not on this network. */
	DROP_SOURCE,
	DROP_POLICY,
	DROP_ORDER,
	DROP_KINDS
};

enum firewall_verdict {
	/* libslirp may see it. */
	FIREWALL_PASS,
	/* Dropped and counted, or a fragment and kept. */
	FIREWALL_DROP,
	/* The same; it is of UDP, an echo request, or would have begun a TCP
	 * connection, and is for whom the guest may not reach: an answer that
	 * says so is in place. */
	FIREWALL_REJECT,
};

struct firewall {
	struct policy policy;
	struct defrag defrag;
	struct conntrack conntrack;
	struct libslirp_faults faults;
	uint64_t passed, probes, cut, dropped[DROP_KINDS];
};

/*
 * Judge the @len bytes of @frame, which has room for ETHER_MIN, at @now_ns.
 * Unless dropped, the result is in @packet: in place or, until the next call,
 * in a buffer of the firewall's, and at least ETHER_MIN bytes.
 */
enum firewall_verdict firewall_judge(struct firewall *firewall,
				     struct packet *packet, uint8_t *frame,
				     size_t len, uint64_t now_ns);

/* There is another guest: nothing is kept of the last one but the counters. */
void firewall_reset(struct firewall *firewall);

#endif
