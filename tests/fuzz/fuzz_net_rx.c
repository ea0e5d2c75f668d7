/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_net_rx.c - libFuzzer harness: frames arrive while the guest lends
 * buffers of any kind
 *
 * An input is as vq_guest.h says, the header's last byte being features.  The
 * commands are the guest's (write, lend) and the back end's (a frame of some
 * length, no more frames for now, a reset).
 *
 * Whatever the guest does: a frame is delivered, dropped and counted, or kept
 * and the guest asked for a kick; only its buffers and the device area are
 * written.  And while nobody writes into it, what it is given is the frame.
 */
#include <string.h>

#include "devices/net/netdev.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/nic.h"

enum op {
	OP_WRITE,
	OP_LEND,
	OP_LEND_MORE,
	OP_FRAME,
	OP_DONE,
	OP_RESET,
	N_OPS,
};

enum { FRAME_MAX = 65536 };

static struct {
	struct nic nic;
	struct netdev dev;
	uint8_t frame[FRAME_MAX];
	/* Frames offered since the queue was started. */
	uint64_t offered;
	/* The guest wrote by command: its rings may be anywhere in its RAM. */
	bool wild;
} f;

/* @len bytes in the first piece of the first buffer, not where the rings
 * are. */
static bool is_plain(const struct net_rx *rx, size_t len)
{
	const uint8_t *p = rx->iov->iov_base;

	return !f.wild && !f.nic.guest.race && rx->buf->in_len >= len &&
	       rx->iov->iov_len >= len && p >= f.nic.guest.ram + BUFFERS;
}

/* All of the frame is in buffers that were lent for it, as many as it needs. */
static void check_room(uint64_t n_bufs, size_t len)
{
	const struct net_rx *rx = &f.nic.net.rx;
	uint64_t have = 0, segments = 0;

	for (uint64_t i = 0; i < n_bufs; i++) {
		check(have < len);
		have += rx->buf[i].in_len;
		segments += rx->buf[i].n_in;
	}
	check(have >= len);
	for (uint64_t i = 0; i < segments; i++)
		nic_check_segment(&f.nic, &rx->iov[i]);
}

/* The frame is what the guest reads. */
static void check_content(size_t header_len, size_t len)
{
	const struct iovec *iov = f.nic.net.rx.iov;
	struct virtio_net_hdr_mrg_rxbuf h;

	memcpy(&h, iov->iov_base, header_len);
	check(header_len < sizeof(h) || h.num_buffers == 1);
	check(h.hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE);
	check(!memcmp((const uint8_t *)iov->iov_base + header_len, f.frame,
		      len));
}

static void frame(size_t len)
{
	struct net *net = &f.nic.net;
	struct virtq *vq = nic_queue(&f.nic);
	size_t header_len = net_header_len(net);
	uint64_t frames = net->rx.frames, used = vq->stats.used;
	bool taken = net_rx_frame(net, f.frame, len);

	f.offered++;
	check(net->rx.frames + net->rx.waits + net->rx.drop_small +
		      net->rx.drop_broken ==
	      f.offered);
	check(taken || net->rx.armed);
	check(!vq->broken || f.nic.broken);
	check(net->rx.frames > frames || vq->stats.used == used);
	if (net->rx.frames == frames)
		return;
	check_room(vq->stats.used - used, header_len + len);
	if (is_plain(&net->rx, header_len + len))
		check_content(header_len, len);
}

/* Of lengths that guests see, and of any. */
static size_t frame_len(const struct command *c)
{
	return c->arg & 0x80 ? c->value : c->value & 0x7ff;
}

static void reset(void)
{
	f.offered = 0;
	f.wild = false;
	nic_start(&f.nic);
}

static void step(const struct command *c)
{
	struct guest *g = &f.nic.guest;
	struct command lend = *c;

	switch (c->op % N_OPS) {
	case OP_WRITE:
		f.wild = true;
		guest_write(g, c);
		break;
	case OP_LEND:
	case OP_LEND_MORE:
		/* For the device to write, unless it says otherwise. */
		lend.arg ^= 4;
		for (unsigned i = 0; i <= (c->op >> 5); i++)
			guest_lend(g, &lend);
		break;
	case OP_FRAME:
		frame(frame_len(c));
		break;
	case OP_DONE:
		net_rx_done(&f.nic.net);
		check(!nic_queue(&f.nic)->staged || f.nic.broken);
		break;
	case OP_RESET:
		reset();
		break;
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct netdev_ops ops = { .start = NULL };

	(void)argc;
	(void)argv;
	f.dev = (struct netdev){ .ops = &ops, .wake_fd = -1 };
	for (size_t i = 0; i < FRAME_MAX; i++)
		f.frame[i] = (uint8_t)(i * 7 + i / 251);
	nic_init(&f.nic, NET_RX, &f.dev);
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
