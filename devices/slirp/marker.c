/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/marker.h"

#include "devices/slirp/inject.h"
#include "devices/slirp/internal.h"

/* The marker has the packet's acknowledgement and window, so the only news in
 * it is its FIN, which libslirp queues. */
void slirp_marker_give(struct slirp_net *net, const struct packet *packet)
{
	struct tcp_frame f = tcp_frame_along(packet);
	uint8_t frame[TCP_FRAME_MAX] = { 0 };

	f.seq = MARKER_SEQ;
	f.ack = get_be32(packet->payload + 8);
	f.window = get_be16(packet->payload + 14);
	f.flags = TCP_FIN | TCP_ACK;
	packet->flow->faults.marker = MARKER_QUEUED;
	slirp_stack_input(slirp_shard_of(net, packet->flow), frame,
			  tcp_frame_write(&f, frame));
}
