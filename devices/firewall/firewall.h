/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * firewall.h - what stands between the guest's frames and libslirp
 *
 * libslirp trusts its guest more than a hypervisor may.  These never reach it:
 *
 * - anything but well-formed ARP, IPv4 and IPv6 with TCP, UDP or ICMP, whose
 *   lengths have been checked;
 * - fragments.  They are put together here: only a whole packet shows what the
 *   guest wants to reach, UDP does not go to libslirp, and libslirp takes no
 *   fragments of IPv6;
 * - what brings old versions of libslirp down (libslirp_faults.h);
 * - the options of a TCP SYN that a slow guest sends a second time.  At a
 *   maximum segment size libslirp empties its buffers and loses what is in
 *   them;
 * - data in a TCP SYN, which libslirp would never acknowledge.  It is cut off,
 *   and the guest sends it again;
 * - data by which a guest asks whether a TCP window is still closed.  If there
 *   is some room, but too little to be told, libslirp takes the data, then
 *   tells of a window that is not there, and never of the real one.  So the
 *   data gets a sequence number that makes it old, and libslirp answers that;
 * - TCP segments ahead of their turn above a limit: libslirp would keep them
 *   all (conntrack.h);
 * - packets to what the guest may not reach (policy.h).
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
	/* The sender's address is not on this network. */
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
	/* Dropped and counted, because the guest may not reach its destination.
	 * It is UDP, an echo request, or the first segment of a TCP connection,
	 * so the guest should get an error. */
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

/* Another guest begins: forget everything but the counters. */
void firewall_reset(struct firewall *firewall);

#endif
