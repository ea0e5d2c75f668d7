/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counters.c - the counters of the user network
 */
#include "devices/slirp/internal.h"
#include "devices/slirp/slirp.h"

#define OF(field)   offsetof(struct slirp_net, field), COUNT_SUM
#define PEAK(field) offsetof(struct slirp_net, field), COUNT_PEAK
#define DROP(kind)  OF(firewall.dropped[DROP_##kind])

static const struct count_spec specs[] = {
	{ "tx_frames", "frames from the guest", OF(tx.frames) },
	{ "tx_bytes", "bytes in them", OF(tx.bytes) },
	{ "tx_segments", "frames they were cut into, if too large",
	  OF(segments) },
	{ "tx_bad", "frames refused for their length or their checksum's place",
	  OF(tx.bad) },
	{ "tx_ring_full", "times a frame had to wait for the network's thread",
	  OF(tx.full) },
	{ "tx_wakes", "times that thread had to be woken for a frame",
	  OF(tx.wakes) },
	{ "rx_frames", "frames to the guest", OF(delivery.frames) },
	{ "rx_bytes", "bytes in them", OF(delivery.bytes) },
	{ "rx_waited", "frames for which the guest had no room at first",
	  OF(delivery.waited) },
	{ "rx_drop_age", "frames dropped after waiting for room for a second",
	  OF(delivery.aged) },
	{ "rx_drop_backlog", "frames dropped because too many waited",
	  OF(delivery.backlog.refused) },
	{ "rx_backlog_peak", "the most bytes that ever waited",
	  PEAK(delivery.backlog.peak) },
	{ "turns", "times the network's thread woke up", OF(loop.turns) },
	{ "instances", "the most instances of libslirp that there were",
	  PEAK(shards.peak) },
	{ "tcp_over", "TCP connections that were over for both and left",
	  OF(left) },
	{ "tcp_keepalives",
	  "times the guest was asked if it has a half-closed connection",
	  OF(keepalives) },
	{ "udp_sent", "datagrams and echo requests sent for the guest",
	  OF(udp.sent) },
	{ "udp_received", "datagrams and echo replies for the guest",
	  OF(udp.received) },
	{ "udp_errors", "errors told to the guest by ICMP", OF(udp.errors) },
	{ "udp_evicted", "UDP sockets closed to make room for others",
	  OF(udp.evicted) },
	{ "guest_asked", "times the guest was asked for its address",
	  OF(forwards.asked) },
	{ "probes", "times a port of the guest's was asked for an answer",
	  OF(probes.sent) },
	{ "passed", "frames from the guest that were passed on",
	  OF(firewall.passed) },
	{ "urgent_cleared", "TCP segments whose urgent pointer was cleared",
	  OF(firewall.faults.urgent) },
	{ "window_probes", "TCP segments with data for a closed window",
	  OF(firewall.probes) },
	{ "syn_data", "first TCP segments whose data had to be sent again",
	  OF(firewall.cut) },
	{ "reassembled", "IP packets put together from fragments",
	  OF(firewall.defrag.completed) },
	{ "drop_reassembly", "IP packets whose fragments did not fit",
	  OF(firewall.defrag.dropped) },
	{ "drop_malformed", "frames from the guest dropped as malformed",
	  DROP(MALFORMED) },
	{ "drop_ethertype", "neither ARP nor IP", DROP(ETHERTYPE) },
	{ "drop_protocol", "neither TCP nor UDP nor ICMP", DROP(PROTOCOL) },
	{ "drop_source", "from addresses not on this network", DROP(SOURCE) },
	{ "drop_policy", "to what the guest may not reach", DROP(POLICY) },
	{ "drop_limit", "for more connections than there may be",
	  OF(fds.limited) },
	{ "tx_unsent", "UDP and ping packets for which the host had no room",
	  OF(udp.unsent) },
	{ "drop_order", "TCP segments far ahead of their turn", DROP(ORDER) },
};

const struct count_table slirp_counters = { "user-network", specs,
					    ARRAY_SIZE(specs) };
