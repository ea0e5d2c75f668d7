/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_net_tx.c - libFuzzer harness: what a guest sends, headers and offloads
 *
 * An input is as vq_guest.h says, the header's last byte being features.  The
 * commands are the guest's (write, lend, a network header, a frame) and the
 * card's (serve the queue, the back end has room or none, a reset).  The back
 * end does with a frame what the real one does until libslirp has it: copy it,
 * finish its checksum, look what it is, cut it to pieces.
 *
 * Whatever the guest does: segments lie in guest RAM, a checksum within its
 * frame, every buffer popped is sent or dropped or offered again; and while
 * nobody races only the device area is written.
 */
#include <string.h>

#include "devices/firewall/checksum.h"
#include "devices/firewall/segment.h"
#include "devices/net/netdev.h"
#include "devices/slirp/frame_ring.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/nic.h"

enum op {
	OP_WRITE,
	OP_LEND,
	OP_HEADER,
	OP_FRAME,
	OP_SERVE,
	OP_ANSWER,
	OP_TAKE,
	OP_RESET,
	N_OPS,
};

enum { RING_SIZE = 1 << 19, MTU = 1500 };

static struct {
	struct nic nic;
	struct netdev dev;
	struct frame_ring ring;
	bool full;
} f;

/* --- the back end ------------------------------------------------------- */

static enum netdev_tx tx(struct netdev *dev, const struct iovec *iov,
			 unsigned n, const struct netdev_offload *offload)
{
	size_t len = 0;
	uint8_t *frame;

	(void)dev;
	for (unsigned i = 0; i < n; i++) {
		nic_check_segment(&f.nic, &iov[i]);
		len += iov[i].iov_len;
	}
	check(!offload->segment || offload->checksum);
	if (offload->checksum)
		check(offload->csum_start + offload->csum_offset + 2u <= len);
	if (len < ETHER_HEADER || len > ETHER_MAX)
		return NETDEV_BAD;
	frame = f.full ? NULL : frame_ring_put(&f.ring, len);
	if (!frame)
		return NETDEV_FULL;
	for (unsigned i = 0; i < n; i++) {
		memcpy(frame, iov[i].iov_base, iov[i].iov_len);
		frame += iov[i].iov_len;
	}
	frame -= len;
	if (offload->checksum)
		check(!checksum_complete(frame, len, offload->csum_start,
					 offload->csum_offset));
	frame_ring_put_end(&f.ring, (struct frame_head){ (uint32_t)len,
							 offload->segment });
	return NETDEV_SENT;
}

/* What net-rx does with the oldest frame. */
static void take(void)
{
	static uint8_t out[ETHER_HEADER + MTU];
	struct frame_head head;
	uint8_t *frame = frame_ring_take(&f.ring, &head);
	struct packet p;
	size_t len, data = 0;

	if (!frame)
		return;
	if (packet_parse(&p, frame, head.len) == PACKET_OK && head.segment &&
	    p.ethertype == ETHERTYPE_IPV6 && p.protocol == PROTOCOL_TCP) {
		for (size_t n = 0; (len = segment_tcp6(&p, MTU, n, out)); n++) {
			check(len <= sizeof(out));
			data += len - ETHER_HEADER - IPV6_HEADER -
				packet_tcp_header(&p);
		}
		check(data == p.payload_len - packet_tcp_header(&p));
	}
	frame_ring_take_end(&f.ring);
}

/* --- the guest ---------------------------------------------------------- */

static void put_header(uint8_t *at, const struct command *c)
{
	static const uint8_t types[] = { VIRTIO_NET_HDR_GSO_NONE,
					 VIRTIO_NET_HDR_GSO_TCPV4,
					 VIRTIO_NET_HDR_GSO_TCPV6,
					 VIRTIO_NET_HDR_GSO_UDP };
	struct virtio_net_hdr h = {
		.flags = c->arg & 1,
		.gso_type = types[c->arg >> 1 & 3],
		.gso_size = c->value & 0x3ff,
		.csum_start = c->arg & 8 ? 54 : 34,
		.csum_offset = c->value >> 10,
	};

	memcpy(at, &h, sizeof(h));
}

/* TCP, over IPv6 or IPv4. */
static void put_frame(uint8_t *at, const struct command *c)
{
	bool v6 = c->arg & 1;
	uint8_t *ip = at + ETHER_HEADER;
	uint8_t *tcp = ip + (v6 ? IPV6_HEADER : IPV4_HEADER);

	put_be16(at + 12, v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	if (v6) {
		ip[0] = 0x60;
		put_be16(ip + 4, c->value);
		ip[6] = PROTOCOL_TCP;
	} else {
		ip[0] = 0x45;
		put_be16(ip + 2, c->value);
		ip[9] = PROTOCOL_TCP;
	}
	tcp[12] = c->arg & 0xf0;
}

/* --- the harness -------------------------------------------------------- */

static void reset(void)
{
	frame_ring_reset(&f.ring);
	f.full = false;
	nic_start(&f.nic);
}

static void serve(void)
{
	struct net *net = &f.nic.net;
	struct virtq *vq = nic_queue(&f.nic);
	enum worker_turn turn;

	guest_remember(&f.nic.guest);
	/* As a worker does it. */
	vq_mute(vq);
	turn = net_tx_serve(net);
	if (turn == WORKER_IDLE && vq_arm(vq))
		turn = WORKER_BUSY;
	check(net->tx.frames + net->tx.drop_header + net->tx.drop_frame ==
	      vq->stats.used);
	check(!vq->staged || vq->broken);
	/* The buffer that waits is still the guest's. */
	check(turn != WORKER_WAITS || vq->broken || vq->avail == vq->used);
	guest_check(&f.nic.guest);
}

static void step(const struct command *c)
{
	struct guest *g = &f.nic.guest;
	size_t header = c->op & 0x80 ? sizeof(struct virtio_net_hdr) :
				       sizeof(struct virtio_net_hdr_mrg_rxbuf);

	guest_forget(g);
	switch (c->op % N_OPS) {
	case OP_WRITE:
		guest_write(g, c);
		break;
	case OP_LEND:
		guest_lend(g, c);
		break;
	case OP_HEADER:
		put_header(g->ram + BUFFERS, c);
		break;
	case OP_FRAME:
		put_frame(g->ram + BUFFERS + header, c);
		break;
	case OP_SERVE:
		serve();
		break;
	case OP_ANSWER:
		f.full = c->arg & 1;
		break;
	case OP_TAKE:
		take();
		break;
	case OP_RESET:
		reset();
		break;
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct netdev_ops ops = { .tx = tx };

	(void)argc;
	(void)argv;
	f.dev = (struct netdev){ .ops = &ops, .wake_fd = -1 };
	check(!frame_ring_init(&f.ring, RING_SIZE));
	nic_init(&f.nic, NET_TX, &f.dev);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct command command[COMMANDS_MAX];
	size_t n = guest_commands(data, size, command);
	unsigned rounds;

	nic_reset(&f.nic, data, size);
	rounds = guest_race(&f.nic.guest, command, n, OP_WRITE, N_OPS);
	while (rounds--) {
		reset();
		for (size_t i = 0; i < n; i++)
			step(&command[i]);
	}
	guest_race_stop();
	return 0;
}
