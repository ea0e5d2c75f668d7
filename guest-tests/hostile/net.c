/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.c - frames, headers and buffers that a network card must survive
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/string.h"

enum {
	MOMENT_MS = 30,
	PATIENCE_MS = 10000,
	ETHER = 14,
	FRAME_MAX = 80 * 1024,
	GSO_NONE = 0,
	GSO_TCPV4 = 1,
	NEEDS_CSUM = 1,
	FLOOD = 100,
};

struct net_header {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, n_buffers;
};

#define TSO (BIT64(VIRTIO_NET_F_CSUM) | BIT64(VIRTIO_NET_F_HOST_TSO4))

static uint8_t frame[12 + FRAME_MAX];

static struct net_header *header(void)
{
	return (struct net_header *)frame;
}

/* A frame of @len bytes, all of them zero but an IPv4 type and version. */
static bool send(struct victim *v, uint32_t len)
{
	unsigned header_len = net_header_len(v);

	frame[header_len + 12] = 8;
	frame[header_len + 13] = 0;
	frame[header_len + ETHER] = 0x45;
	return act_desc(v, (uint64_t)frame, header_len + len, 0);
}

static void clear(void)
{
	memset(frame, 0, 128);
}

static bool send_len(struct victim *v, uint64_t arg)
{
	clear();
	return send(v, arg);
}

static bool send_short(struct victim *v, uint64_t arg)
{
	clear();
	return act_desc(v, (uint64_t)frame, arg, 0);
}

static bool send_writable(struct victim *v, uint64_t arg)
{
	clear();
	raw_desc(v->q, 1, (uint64_t)hostile_page, arg, DESC_WRITE, 0);
	raw_desc(v->q, 0, (uint64_t)frame, 100, DESC_NEXT, 1);
	raw_offer(v, 0, 1);
	return true;
}

/* Offloads that make no sense: flags, gso_type, gso_size, hdr_len, csum_start,
 * csum_offset, from the top. */
#define OFFLOAD(flags, type, size, len, start, offset)                         \
	((uint64_t)(flags) << 60 | (uint64_t)(type) << 52 |                    \
	 (uint64_t)(size) << 36 | (uint64_t)(len) << 24 |                      \
	 (uint64_t)(start) << 8 | (offset))

static bool offload(struct victim *v, uint64_t arg)
{
	clear();
	*header() = (struct net_header){
		.flags = arg >> 60,
		.gso_type = arg >> 52,
		.gso_size = arg >> 36,
		.hdr_len = arg >> 24 & 0xfff,
		.csum_start = arg >> 8,
		.csum_offset = arg & 0xff,
	};
	return send(v, 200);
}

/* A TCP segment of @len bytes to nobody, complete but for its checksum. */
static void tcp_frame(struct victim *v, uint16_t len)
{
	uint8_t *ip = frame + net_header_len(v) + ETHER, *tcp = ip + 20;

	clear();
	memcpy(ip - ETHER, "\x52\x55\x0a\x00\x02\x02\x52\x54\x00\x12\x34\x56",
	       12);
	ip[0] = 0x45;
	ip[2] = (len + 40) >> 8;
	ip[3] = len + 40;
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 12, "\x0a\x00\x02\x0f\x0a\x00\x02\x02", 8);
	tcp[1] = 9;
	tcp[3] = 9;
	tcp[12] = 0x50;
	tcp[13] = 0x10;
}

/* As many segments as bytes. */
static bool tiny_segments(struct victim *v, uint64_t arg)
{
	tcp_frame(v, arg);
	*header() = (struct net_header){
		.flags = NEEDS_CSUM,
		.gso_type = GSO_TCPV4,
		.gso_size = 1,
		.csum_start = ETHER + 20,
		.csum_offset = 16,
	};
	return send(v, ETHER + 40 + arg);
}

/* The frame changes while it is looked at. */
static bool rewritten(struct victim *v, uint64_t arg)
{
	volatile uint8_t *p = frame;
	unsigned i;

	tcp_frame(v, 1000);
	send(v, ETHER + 1040);
	for (i = 0; i < arg; i++) {
		p[i % 80] = i * 2654435761u >> 24;
		if (i % 64 == 0)
			raw_offer(v, 0, i / 64 + 1);
	}
	return true;
}

static bool odd_pieces(struct victim *v, uint64_t arg)
{
	struct virtq_seg seg[4] = {
		{ frame, 1 },
		{ frame + 1, 0 },
		{ frame + 1, 10 },
		{ frame + 11, arg },
	};

	clear();
	virtq_add(v->q, seg, 4, 0, 0);
	virtq_notify(v->q);
	return true;
}

/* What is under way when the device is reset stays away from the ring. */
static bool reset_under_way(struct victim *v, uint64_t arg)
{
	struct virtq_seg seg = { frame, 1500 };

	tcp_frame(v, 1000);
	while (arg--)
		virtq_add(v->q, &seg, 1, 0, 0);
	virtq_notify(v->q);
	virtio_reset(&v->dev);
	memset(v->q->ring, 0x5a, sizeof(v->q->ring));
	clock_sleep(MOMENT_MS);
	return v->q->ring[0] == 0x5a &&
	       !memcmp(v->q->ring, v->q->ring + 1, sizeof(v->q->ring) - 1);
}

static const struct input tx[] = {
	{ "16 a frame with an empty piece", odd_pieces, 100, USES, ANY, 0 },
	{ "21 a frame with a writable part", send_writable, 64, USES, ANY, 0 },
	{ "22 no header", send_short, 9, USES, ANY, 0 },
	{ "22 nothing at all", send_short, 0, USES, ANY, 0 },
	{ "22 a header alone", send_len, 0, USES, ANY, 0 },
	{ "22 a frame of 13 bytes", send_len, 13, USES, ANY, 0 },
	{ "23 a frame of 80,000 bytes", send_len, 80000, USES, ANY, 0 },
	{ "23 a frame of 65,551 bytes", send_len, 65551, USES, ANY, 0 },
	{ "28 a frame rewritten meanwhile", rewritten, 3000, LIVES, ANY, 0 },
	{ "41 TSO without CSUM", act_feature, VIRTIO_NET_F_HOST_TSO4, LIVES,
	  MODERN, 0 },
	{ "41 HASH_REPORT", act_feature, VIRTIO_NET_F_HASH_REPORT, LIVES,
	  MODERN, 0 },
	{ "60 a reset with frames under way", reset_under_way, 200, LIVES, ANY,
	  0 },
	{ "69 an unknown gso_type", offload, OFFLOAD(0, 0x7f, 0, 0, 0, 0), USES,
	  ANY, 0 },
	{ "69 TSO not negotiated", offload,
	  OFFLOAD(NEEDS_CSUM, GSO_TCPV4, 500, 54, 34, 16), USES, ANY, 0 },
	{ "69 a checksum not negotiated", offload,
	  OFFLOAD(NEEDS_CSUM, 0, 0, 0, 34, 16), USES, ANY, 0 },
	{ "69 segments of 0 bytes", offload,
	  OFFLOAD(NEEDS_CSUM, GSO_TCPV4, 0, 54, 34, 16), USES, ANY, TSO },
	{ "69 segments of 65,535 bytes", offload,
	  OFFLOAD(NEEDS_CSUM, GSO_TCPV4, 65535, 54, 34, 16), USES, ANY, TSO },
	{ "69 segments without a checksum", offload,
	  OFFLOAD(0, GSO_TCPV4, 500, 54, 0, 0), USES, ANY, TSO },
	{ "69 headers longer than the frame", offload,
	  OFFLOAD(NEEDS_CSUM, GSO_TCPV4, 500, 0xfff, 34, 16), USES, ANY, TSO },
	{ "69 a checksum behind the frame", offload,
	  OFFLOAD(NEEDS_CSUM, 0, 0, 0, 199, 0), USES, ANY, TSO },
	{ "69 a checksum at 65,535", offload,
	  OFFLOAD(NEEDS_CSUM, 0, 0, 0, 65535, 255), USES, ANY, TSO },
	{ "70 60,000 segments of a byte", tiny_segments, 60000, USES, ANY,
	  TSO },
};

const struct inputs hostile_net_tx = INPUTS(tx);

/* Nothing comes before something is lent. */
static bool rx_readable(struct victim *v, uint64_t arg)
{
	act_desc(v, (uint64_t)hostile_page, arg, 0);
	net_ask(v);
	return true;
}

/* Too small for a header, and many of them. */
static bool rx_small(struct victim *v, uint64_t arg)
{
	struct virtq_seg seg = { hostile_page, arg };

	while (virtq_add(v->q, &seg, 0, 1, 0))
		;
	virtq_notify(v->q);
	net_ask(v);
	clock_sleep(MOMENT_MS);
	return true;
}

static bool rx_in_ring(struct victim *v, uint64_t arg)
{
	act_desc(v, v->q->desc, arg, DESC_WRITE);
	net_ask(v);
	clock_sleep(MOMENT_MS);
	return true;
}

/* Frames wait, or are lost; later ones arrive. */
static bool rx_none(struct victim *v, uint64_t arg)
{
	while (arg--)
		net_ask(v);
	clock_sleep(MOMENT_MS);
	return !v->q->ops->ready(v->q);
}

/* One buffer, less than the answer takes: it waits for more. */
static bool rx_too_little(struct victim *v, uint64_t arg)
{
	struct virtq_seg seg = { hostile_page, arg };

	virtq_add(v->q, &seg, 0, 1, 0);
	virtq_kick(v->q);
	net_ask(v);
	clock_sleep(MOMENT_MS);
	return !v->q->ops->ready(v->q);
}

static const struct input rx[] = {
	{ "21 a buffer to be read", rx_readable, 2048, BREAKS, ANY, 0 },
	{ "25 buffers of 11 bytes", rx_small, 11, LIVES, ANY, 0 },
	{ "25 buffers of a byte, merged", rx_small, 1, LIVES, ANY,
	  BIT64(VIRTIO_NET_F_MRG_RXBUF) },
	{ "25 buffers of no bytes", rx_small, 0, LIVES, ANY,
	  BIT64(VIRTIO_NET_F_MRG_RXBUF) },
	{ "26 a buffer in its own ring", rx_in_ring, 4096, LIVES, ANY, 0 },
	{ "72 frames and no buffers", rx_none, FLOOD, WORKS, ANY, 0 },
	{ "73 a frame larger than all buffers", rx_too_little, 20, WORKS, ANY,
	  BIT64(VIRTIO_NET_F_MRG_RXBUF) },
};

const struct inputs hostile_net_rx = INPUTS(rx);
