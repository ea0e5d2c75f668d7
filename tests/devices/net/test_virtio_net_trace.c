/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the driver can see, and when, while the card receives and sends
 * (tests/vq_watch.h): a frame's buffers are shown all at once and after its
 * last byte, what was sent is given back only when it has been copied.
 */
#include "tests/vq_watch.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "devices/net/net.h"
#include "devices/net/netdev.h"

enum {
	SIZE = 16,
	LAPS = 3 * SIZE,
	BUFFER = 500,
	FRAME = 1400,
	/* Buffers that a frame needs, and frames sent at a time. */
	N_RX = 3,
	N_TX = 3,
	HEADER = sizeof(struct virtio_net_hdr_mrg_rxbuf),
};

static struct net net;
static struct netdev netdev;
static struct driver d[NET_QUEUES];
static uint8_t *ram, frame[FRAME];
static unsigned sent;
static bool told;

static void interrupt(void *arg)
{
	(void)arg;
	watch_interrupt();
	told = true;
}

static void begin(unsigned q, unsigned n, bool (*complete)(void))
{
	watch_begin(&d[q], n, complete);
	sent = 0;
	told = false;
}

static enum netdev_tx tx(struct netdev *dev, const struct iovec *iov,
			 unsigned n, const struct netdev_offload *offload)
{
	(void)dev;
	(void)iov;
	(void)n;
	(void)offload;
	sent++;
	return NETDEV_SENT;
}

static void set_up(int mode)
{
	static const struct netdev_ops ops = { .tx = tx };
	const struct net_options options = { .mtu = 1500, .queue_size = SIZE };

	netdev = (struct netdev){ .ops = &ops, .wake_fd = -1 };
	ram = driver_ram();
	ck_assert_int_eq(net_init(&net, &netdev, &options), 0);
	net.dev.negotiated =
		BIT64(VIRTIO_F_VERSION_1) | BIT64(VIRTIO_NET_F_MRG_RXBUF);
	for (unsigned i = 0; i < NET_QUEUES; i++) {
		uint64_t at = MIB * (i + 1);
		const struct vq_config cfg = { .desc = at,
					       .driver = at + 0x10000,
					       .device = at + 0x20000,
					       .size = SIZE,
					       .packed = mode & 1,
					       .event_idx = mode >> 1 & 1 };

		driver_init(&d[i], &cfg, DRIVER_DIRECT, ram, 0);
		ck_assert_int_eq(
			driver_start(&d[i], &net.queue[i].vq, interrupt, NULL),
			0);
	}
}

static void tear_down(void)
{
	net_free(&net);
	driver_free(&d[NET_RX]);
	driver_free(&d[NET_TX]);
}

/* The frame is in the buffers, and the header says how many they are. */
static bool frame_is_there(void)
{
	const uint8_t *at = ram + DRIVER_DATA;
	struct virtio_net_hdr_mrg_rxbuf header;

	memcpy(&header, at, sizeof(header));
	return header.num_buffers == N_RX &&
	       memcmp(at + HEADER, frame, sizeof(frame)) == 0;
}

START_TEST(receiving)
{
	set_up(_i);
	for (unsigned lap = 0; lap < LAPS; lap++) {
		struct driver_used used;

		memset(frame, (int)lap + 1, sizeof(frame));
		memset(ram + DRIVER_DATA, 0, N_RX * BUFFER);
		for (unsigned i = 0; i < N_RX; i++)
			ck_assert(driver_lend_at(&d[NET_RX],
						 DRIVER_DATA + i * BUFFER,
						 BUFFER, true, 1, i));
		driver_publish(&d[NET_RX]);
		driver_arm(&d[NET_RX]);
		begin(NET_RX, N_RX, frame_is_there);
		ck_assert(net_rx_frame(&net, frame, sizeof(frame)));
		ck_assert(!watch_has(&watched.shown));
		net_rx_done(&net);
		ck_assert(told);
		for (unsigned i = 0; i < N_RX; i++)
			ck_assert(driver_get(&d[NET_RX], &used));
	}
	tear_down();
}
END_TEST

static bool all_are_sent(void)
{
	return sent == N_TX;
}

START_TEST(sending)
{
	set_up(_i);
	for (unsigned lap = 0; lap < LAPS; lap++) {
		struct driver_used used;

		memset(ram + DRIVER_DATA, 0, HEADER);
		for (unsigned i = 0; i < N_TX; i++)
			ck_assert(driver_lend_at(&d[NET_TX], DRIVER_DATA, 100,
						 false, 1, i));
		driver_publish(&d[NET_TX]);
		driver_arm(&d[NET_TX]);
		begin(NET_TX, N_TX, all_are_sent);
		ck_assert_int_eq(net_tx_serve(&net), WORKER_IDLE);
		ck_assert(told);
		for (unsigned i = 0; i < N_TX; i++) {
			ck_assert(driver_get(&d[NET_TX], &used));
			ck_assert_uint_eq(used.len, 0);
		}
	}
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { receiving, sending, NULL };

	return unit_run(
		unit_suite_times("virtio_net_trace", tests, WATCH_MODES));
}
