/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network card, with a transport that only lends queues and a back end
 * that is the test: as the owner of the rx queue it may call the card as soon
 * as it was started.
 */
#include "devices/net/net.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/net/netdev.h"
#include "tests/driver.h"
#include "tests/event.h"
#include "tests/unit.h"

enum {
	SIZE = 64,
	/* Bit 0 packed, bit 1 EVENT_IDX. */
	MODES = 4,
	FRAME_MAX = 65536,
	HEADER = sizeof(struct virtio_net_hdr_mrg_rxbuf),
};

#define MODERN                                                                 \
	(BIT64(VIRTIO_F_VERSION_1) | BIT64(VIRTIO_NET_F_MRG_RXBUF) |           \
	 BIT64(VIRTIO_NET_F_MTU) | BIT64(VIRTIO_NET_F_CSUM) |                  \
	 BIT64(VIRTIO_NET_F_GUEST_CSUM) | BIT64(VIRTIO_NET_F_HOST_TSO4) |      \
	 BIT64(VIRTIO_NET_F_HOST_TSO6))

/* The back end. */
static struct {
	struct netdev dev;
	struct netdev_nic nic;
	unsigned mtu;
	int start_error;
	/* Written by net-tx before it signals, read by the test afterwards. */
	bool running;
	int started;
	/* Have netdev_tx() refuse, or not have it; atomic. */
	int answer;
	/* The last frame sent, and how many. */
	uint8_t frame[FRAME_MAX];
	size_t len;
	struct netdev_offload offload;
	unsigned sent, unplugged;
	/* Frames came since it was last said that these were all; net-tx's. */
	bool more;
	/* Guest memory to spoil while a frame is being sent, if any. */
	uint8_t *spoil;
	int came;
} b;

static struct {
	struct net net;
	struct driver d[NET_QUEUES];
	uint8_t *ram;
	int irq[NET_QUEUES], stopped[NET_QUEUES], broken, link;
	/* Where the next buffer for each queue is. */
	uint64_t at[NET_QUEUES];
} m;

static int fake_start(struct netdev *dev, const struct netdev_nic *nic,
		      unsigned mtu)
{
	(void)dev;
	b.nic = *nic;
	b.mtu = mtu;
	b.running = !b.start_error;
	signal_fd(b.started);
	return b.start_error;
}

static void fake_stop(struct netdev *dev)
{
	(void)dev;
	ck_assert(!b.more);
	b.running = false;
}

static void fake_tx_done(struct netdev *dev)
{
	(void)dev;
	b.more = false;
}

static void fake_unplug(struct netdev *dev)
{
	(void)dev;
	ck_assert(!b.running);
	b.unplugged++;
}

static enum netdev_tx fake_tx(struct netdev *dev, const struct iovec *iov,
			      unsigned n, const struct netdev_offload *offload)
{
	enum netdev_tx answer = __atomic_load_n(&b.answer, __ATOMIC_RELAXED);

	(void)dev;
	ck_assert(b.running);
	b.more = true;
	if (answer == NETDEV_SENT) {
		b.len = 0;
		for (unsigned i = 0; i < n; i++) {
			ck_assert_uint_le(b.len + iov[i].iov_len, FRAME_MAX);
			memcpy(b.frame + b.len, iov[i].iov_base,
			       iov[i].iov_len);
			b.len += iov[i].iov_len;
		}
		if (b.spoil)
			memset(b.spoil, 0xff, HEADER);
		b.offload = *offload;
		b.sent++;
	}
	signal_fd(b.came);
	return answer;
}

static const struct netdev_ops fake_ops = { .start = fake_start,
					    .stop = fake_stop,
					    .tx = fake_tx,
					    .tx_done = fake_tx_done,
					    .unplug = fake_unplug };

static void interrupt(void *arg)
{
	signal_fd(*(int *)arg);
}

static void queue_stopped(void *arg, unsigned index)
{
	(void)arg;
	if (index == NET_RX)
		ck_assert(!b.running);
	signal_fd(m.stopped[index]);
}

static void broken(void *arg, unsigned index)
{
	(void)arg;
	(void)index;
	signal_fd(m.broken);
}

static void config_lock(void *arg)
{
	(void)arg;
}

static void config_unlock(void *arg, bool changed)
{
	(void)arg;
	if (changed)
		signal_fd(m.link);
}

static const struct virtio_transport transport = {
	.queue_stopped = queue_stopped,
	.broken = broken,
	.config_lock = config_lock,
	.config_unlock = config_unlock,
};

static void open_queue(unsigned i, int mode)
{
	uint64_t at = MIB * (i + 1);
	const struct vq_config cfg = { .desc = at,
				       .driver = at + 0x10000,
				       .device = at + 0x20000,
				       .size = SIZE,
				       .packed = mode & 1,
				       .event_idx = mode >> 1 & 1,
				       .indirect = true };

	m.irq[i] = eventfd(0, EFD_NONBLOCK);
	m.stopped[i] = eventfd(0, EFD_NONBLOCK);
	m.net.queue[i].doorbell = eventfd(0, EFD_NONBLOCK);
	m.at[i] = DRIVER_DATA + i * 4 * MIB;
	driver_init(&m.d[i], &cfg, DRIVER_DIRECT, m.ram, 0);
	ck_assert_int_eq(
		driver_start(&m.d[i], &m.net.queue[i].vq, interrupt, &m.irq[i]),
		0);
}

static void set_up(int mode, uint64_t features)
{
	const struct net_options options = { .mac = { 2, 0, 0, 0, 0, 1 },
					     .mtu = 65520,
					     .queue_size = SIZE };

	b.dev = (struct netdev){ .ops = &fake_ops,
				 .wake_fd = eventfd(0, EFD_NONBLOCK) };
	b.started = eventfd(0, EFD_NONBLOCK);
	b.came = eventfd(0, EFD_NONBLOCK);
	m.broken = eventfd(0, EFD_NONBLOCK);
	m.link = eventfd(0, EFD_NONBLOCK);
	m.ram = driver_ram();
	ck_assert_int_eq(net_init(&m.net, &b.dev, &options), 0);
	m.net.dev.transport = &transport;
	m.net.dev.negotiated = features;
	for (unsigned i = 0; i < NET_QUEUES; i++)
		open_queue(i, mode);
}

static void lend_queue(unsigned i)
{
	m.net.dev.ops->queue_start(&m.net.dev, i);
	if (i == NET_RX)
		await(b.started);
}

static void recall_queue(unsigned i)
{
	m.net.dev.ops->queue_stop(&m.net.dev, i);
	await(m.stopped[i]);
}

static void start(int mode, uint64_t features)
{
	set_up(mode, features);
	lend_queue(NET_RX);
	lend_queue(NET_TX);
}

static void stop(void)
{
	for (unsigned i = 0; i < NET_QUEUES; i++)
		recall_queue(i);
	net_free(&m.net);
	for (unsigned i = 0; i < NET_QUEUES; i++) {
		driver_free(&m.d[i]);
		close(m.net.queue[i].doorbell);
		close(m.irq[i]);
		close(m.stopped[i]);
	}
	close(b.dev.wake_fd);
	close(b.started);
	close(b.came);
	close(m.broken);
	close(m.link);
}

/* Lend a buffer of @len bytes; its address is the cookie.  True: the device
 * wants a kick. */
static bool lend(unsigned queue, uint32_t len, unsigned pieces)
{
	struct driver *d = &m.d[queue];

	ck_assert(driver_lend_at(d, m.at[queue], len, queue == NET_RX, pieces,
				 m.at[queue]));
	m.at[queue] += len;
	return driver_publish(d);
}

static struct driver_used take(unsigned queue)
{
	struct driver_used used;

	while (!driver_get(&m.d[queue], &used))
		usleep(100);
	return used;
}

static uint8_t byte_of(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

static bool receive(size_t len)
{
	static uint8_t frame[FRAME_MAX];

	for (size_t i = 0; i < len; i++)
		frame[i] = byte_of(i);
	return b.nic.rx(b.nic.arg, frame, len);
}

/* The frame of @len bytes comes in @n buffers of @size behind a header. */
static void check_received(size_t len, unsigned n, size_t size,
			   size_t header_len, unsigned flags)
{
	struct virtio_net_hdr_mrg_rxbuf header = { .num_buffers = 0 };
	size_t at = 0, total = header_len + len;
	uint8_t *all = malloc(total);

	for (unsigned i = 0; i < n; i++) {
		struct driver_used used = take(NET_RX);

		ck_assert_uint_eq(used.len, MIN(size, total - at));
		memcpy(all + at, m.ram + used.cookie, used.len);
		at += used.len;
	}
	ck_assert(!driver_pending(&m.d[NET_RX]));
	ck_assert_uint_eq(at, total);
	memcpy(&header, all, header_len);
	ck_assert_uint_eq(header.hdr.flags, flags);
	ck_assert_uint_eq(header.hdr.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	if (header_len == HEADER)
		ck_assert_uint_eq(header.num_buffers, n);
	for (size_t i = 0; i < len; i++)
		if (all[header_len + i] != byte_of(i))
			ck_abort_msg("byte %zu", i);
	free(all);
}

/* A frame fills as many buffers as it needs, shown at once. */
START_TEST(received_frames_are_merged)
{
	start(_i, MODERN);
	for (unsigned i = 0; i < 10; i++)
		lend(NET_RX, 1000, 1 + i % 3);
	ck_assert(receive(4000));
	ck_assert(!driver_pending(&m.d[NET_RX]));
	driver_arm(&m.d[NET_RX]);
	b.nic.rx_done(b.nic.arg);
	ck_assert(signalled(m.irq[NET_RX]));
	check_received(4000, 5, 1000, HEADER, VIRTIO_NET_HDR_F_DATA_VALID);
	ck_assert(receive(2988));
	b.nic.rx_done(b.nic.arg);
	check_received(2988, 3, 1000, HEADER, VIRTIO_NET_HDR_F_DATA_VALID);
	stop();
}
END_TEST

/* Without mergeable buffers there is one, of any header's length.
 * [hostile 25] */
START_TEST(received_frames_need_a_buffer_that_holds_them)
{
	static const size_t header_len[] = { sizeof(struct virtio_net_hdr),
					     HEADER };
	bool modern = _i & 1;

	start(_i, modern ? BIT64(VIRTIO_F_VERSION_1) : 0);
	lend(NET_RX, 1000, 2);
	lend(NET_RX, 2000, 1);
	/* It never fits, and takes no buffer. */
	ck_assert(receive(1001 - header_len[modern]));
	ck_assert_uint_eq(m.net.rx.drop_small, 1);
	ck_assert(receive(1000 - header_len[modern]));
	b.nic.rx_done(b.nic.arg);
	check_received(1000 - header_len[modern], 1, 1000, header_len[modern],
		       0);
	ck_assert(receive(1500));
	b.nic.rx_done(b.nic.arg);
	check_received(1500, 1, 2000, header_len[modern], 0);
	stop();
}
END_TEST

/* 40 KB of buffers and a frame of 60 KB: it waits for a kick, and no longer.
 * [hostile 45, 72] */
START_TEST(received_frames_wait_for_room)
{
	start(_i, MODERN);
	ck_assert(!receive(60));
	ck_assert(lend(NET_RX, 2000, 1));
	ck_assert(receive(60));
	b.nic.rx_done(b.nic.arg);
	check_received(60, 1, 2000, HEADER, VIRTIO_NET_HDR_F_DATA_VALID);
	for (unsigned i = 0; i < 20; i++)
		lend(NET_RX, 2000, 1);
	for (unsigned i = 0; i < 10; i++)
		ck_assert(!receive(60000));
	ck_assert_uint_eq(m.net.rx.waits, 11);
	ck_assert(lend(NET_RX, 2000, 1));
	ck_assert(!receive(60000));
	for (unsigned i = 0; i < 10; i++)
		lend(NET_RX, 2000, 1);
	ck_assert(receive(60000));
	b.nic.rx_done(b.nic.arg);
	check_received(60000, 31, 2000, HEADER, VIRTIO_NET_HDR_F_DATA_VALID);
	ck_assert_uint_eq(m.net.rx.drop_small, 0);
	stop();
}
END_TEST

/* Frames that wait for buffers don't keep those delivered from the driver. */
START_TEST(received_frames_are_shown_before_waiting)
{
	start(_i, MODERN);
	lend(NET_RX, 2000, 1);
	ck_assert(receive(60));
	ck_assert(!receive(60));
	check_received(60, 1, 2000, HEADER, VIRTIO_NET_HDR_F_DATA_VALID);
	stop();
}
END_TEST

/* When a whole ring is too small, waiting is no use.
 * [hostile 73] */
START_TEST(received_frames_that_never_fit_are_dropped)
{
	start(_i, MODERN);
	for (unsigned i = 0; i < SIZE; i++)
		lend(NET_RX, 500, 1);
	ck_assert(receive(60000));
	ck_assert_uint_eq(m.net.rx.drop_small, 1);
	ck_assert(receive(100));
	b.nic.rx_done(b.nic.arg);
	check_received(100, 1, 500, HEADER, VIRTIO_NET_HDR_F_DATA_VALID);
	stop();
}
END_TEST

START_TEST(a_broken_rx_queue_is_reported)
{
	start(_i, MODERN);
	driver_lend_at(&m.d[NET_RX], BIT64(40), 64, true, 1, 1);
	driver_publish(&m.d[NET_RX]);
	ck_assert(receive(60));
	await(m.broken);
	ck_assert_uint_eq(m.net.rx.drop_broken, 1);
	stop();
}
END_TEST

START_TEST(a_broken_tx_queue_is_reported)
{
	start(_i, MODERN);
	driver_lend_at(&m.d[NET_TX], BIT64(40), 64, false, 1, 1);
	driver_publish(&m.d[NET_TX]);
	signal_fd(m.net.queue[NET_TX].doorbell);
	await(m.broken);
	stop();
}
END_TEST

/* Lend @len bytes of frame behind @header to the tx queue, and kick. */
static void transmit(const struct virtio_net_hdr *header, size_t header_len,
		     size_t len, unsigned pieces)
{
	uint8_t *at = m.ram + m.at[NET_TX];

	memset(at, 0, header_len);
	memcpy(at, header, MIN(sizeof(*header), header_len));
	for (size_t i = 0; i < len; i++)
		at[header_len + i] = byte_of(i);
	if (lend(NET_TX, (uint32_t)(header_len + len), pieces))
		signal_fd(m.net.queue[NET_TX].doorbell);
}

static void check_sent(size_t len)
{
	ck_assert_uint_eq(take(NET_TX).len, 0);
	ck_assert_uint_eq(b.len, len);
	for (size_t i = 0; i < len; i++)
		if (b.frame[i] != byte_of(i))
			ck_abort_msg("byte %zu", i);
}

/* In pieces of any size, the header's included. */
START_TEST(frames_are_sent)
{
	const struct virtio_net_hdr plain = { .hdr_len = 0xffff,
					      .csum_start = 0xffff,
					      .csum_offset = 0xffff,
					      .gso_size = 1 };

	start(_i, MODERN);
	for (size_t len = 14; len < 90; len++) {
		transmit(&plain, HEADER, len, 1 + len % DRIVER_CHAIN_MAX);
		check_sent(len);
		ck_assert(!b.offload.checksum);
		ck_assert_uint_eq(b.offload.segment, 0);
	}
	transmit(&plain, HEADER, 65000, 8);
	check_sent(65000);
	stop();
}
END_TEST

START_TEST(a_legacy_header_is_shorter)
{
	const struct virtio_net_hdr plain = { .flags = 0 };

	start(_i, 0);
	transmit(&plain, sizeof(plain), 60, 3);
	check_sent(60);
	stop();
}
END_TEST

START_TEST(offloads_are_passed_on)
{
	struct virtio_net_hdr h = {
		/* And some flags that do not exist. */
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM | 0xf0,
		.csum_start = 34,
		.csum_offset = 16,
	};

	start(_i, MODERN);
	transmit(&h, HEADER, 52, 1);
	check_sent(52);
	ck_assert(b.offload.checksum);
	ck_assert_uint_eq(b.offload.csum_start, 34);
	ck_assert_uint_eq(b.offload.csum_offset, 16);
	h.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
	h.gso_size = 1448;
	transmit(&h, HEADER, 60000, 4);
	check_sent(60000);
	ck_assert_uint_eq(b.offload.segment, 1448);
	h.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
	transmit(&h, HEADER, 60000, 4);
	check_sent(60000);
	ck_assert_uint_eq(b.offload.segment, 1448);
	stop();
}
END_TEST

/* What counts is a copy of the header: it may be rewritten once it was looked
 * at [hostile 28] */
START_TEST(a_header_is_read_once)
{
	const struct virtio_net_hdr h = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = 34,
		.csum_offset = 16,
	};

	start(_i, MODERN);
	b.spoil = m.ram + m.at[NET_TX];
	transmit(&h, HEADER, 60, 1);
	check_sent(60);
	ck_assert_uint_eq(b.spoil[0], 0xff);
	ck_assert_uint_eq(b.offload.csum_start, 34);
	ck_assert_uint_eq(b.offload.csum_offset, 16);
	ck_assert_uint_eq(b.offload.segment, 0);
	stop();
}
END_TEST

/* A frame whose header is wrong is dropped and counted; those behind it are
 * not.
 * [hostile 69] */
START_TEST(wrong_headers)
{
	enum { CSUM = VIRTIO_NET_HDR_F_NEEDS_CSUM };
	static const struct {
		uint64_t without;
		struct virtio_net_hdr h;
	} wrong[] = {
		{ 0, { .flags = CSUM, .csum_start = 34, .csum_offset = 25 } },
		{ 0, { .flags = CSUM, .csum_start = 60 } },
		{ 0, { .flags = CSUM, .csum_start = 0xffff } },
		{ 0, { .flags = CSUM, .csum_offset = 0xffff } },
		{ 0, { .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 9 } },
		{ 0, { .flags = CSUM, .gso_type = VIRTIO_NET_HDR_GSO_TCPV6 } },
		{ 0, { .flags = CSUM, .gso_type = 3, .gso_size = 9 } },
		{ 0, { .flags = CSUM, .gso_type = 0x81, .gso_size = 9 } },
		{ BIT64(VIRTIO_NET_F_HOST_TSO4),
		  { .flags = CSUM, .gso_type = 1, .gso_size = 9 } },
		{ BIT64(VIRTIO_NET_F_HOST_TSO6),
		  { .flags = CSUM, .gso_type = 4, .gso_size = 9 } },
	};
	const struct virtio_net_hdr plain = { .flags = 0 };

	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		memset(&b, 0, sizeof(b));
		start(_i, MODERN & ~wrong[i].without);
		transmit(&wrong[i].h, HEADER, 60, 2);
		ck_assert_uint_eq(take(NET_TX).len, 0);
		transmit(&plain, HEADER, 60, 2);
		check_sent(60);
		stop();
		ck_assert_uint_eq(b.sent, 1);
		ck_assert_uint_eq(m.net.tx.drop_header, 1);
	}
}
END_TEST

/* A driver that has agreed to no offload may leave anything in the header: the
 * frame is sent as it is, and that is told [hostile 69] */
START_TEST(headers_without_offloads_are_ignored)
{
	static const struct virtio_net_hdr garbage[] = {
		{ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 34 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 9 },
		{ 0xff, 0xff, 0xffff, 0xffff, 0xffff, 0xffff },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(garbage); i++) {
		memset(&b, 0, sizeof(b));
		start(_i, BIT64(VIRTIO_F_VERSION_1) |
				  BIT64(VIRTIO_NET_F_MRG_RXBUF));
		m.net.dev.lint.on = true;
		transmit(&garbage[i], HEADER, 60, 2);
		check_sent(60);
		ck_assert(!b.offload.checksum);
		ck_assert_uint_eq(b.offload.segment, 0);
		stop();
		ck_assert_uint_eq(m.net.tx.drop_header, 0);
		ck_assert(m.net.dev.lint.said & BIT(LINT_OFFLOAD));
	}
}
END_TEST

/* Sent and dropped: less than a header, or nothing behind it [hostile 22] */
START_TEST(frames_shorter_than_a_header)
{
	const struct virtio_net_hdr plain = { .flags = 0 };

	start(_i, MODERN);
	for (size_t len = 1; len < HEADER; len++) {
		transmit(&plain, len, 0, 1);
		ck_assert_uint_eq(take(NET_TX).len, 0);
	}
	b.answer = NETDEV_BAD;
	transmit(&plain, HEADER, 0, 1);
	ck_assert_uint_eq(take(NET_TX).len, 0);
	stop();
	ck_assert_uint_eq(b.sent, 0);
	ck_assert_uint_eq(m.net.tx.drop_header, HEADER - 1);
	ck_assert_uint_eq(m.net.tx.drop_frame, 1);
}
END_TEST

/* While the back end is full nothing is lost, and nothing is tried in vain. */
START_TEST(sending_waits_for_room)
{
	const struct virtio_net_hdr plain = { .flags = 0 };
	unsigned before;

	start(_i, MODERN);
	transmit(&plain, HEADER, 50, 1);
	check_sent(50);
	signalled(b.came);
	__atomic_store_n(&b.answer, NETDEV_FULL, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 20; i++)
		transmit(&plain, HEADER, 100 + i, 2);
	await(b.came);
	usleep(20000);
	ck_assert(!driver_pending(&m.d[NET_TX]));
	before = b.sent;
	__atomic_store_n(&b.answer, NETDEV_SENT, __ATOMIC_RELAXED);
	b.nic.tx_room(b.nic.arg);
	for (unsigned i = 0; i < 20; i++)
		ck_assert_uint_eq(take(NET_TX).len, 0);
	stop();
	ck_assert_uint_eq(b.sent, before + 20);
	ck_assert_uint_eq(b.len, 119);
	/* At most one attempt per kick. */
	ck_assert_uint_le(m.net.tx.waits, 21);
}
END_TEST

/* Until the rx queue is there too, there is no back end, and sending waits. */
START_TEST(the_rx_queue_starts_and_stops_the_back_end)
{
	const struct virtio_net_hdr plain = { .flags = 0 };

	set_up(_i, MODERN);
	lend_queue(NET_TX);
	transmit(&plain, HEADER, 60, 1);
	usleep(10000);
	ck_assert(!driver_pending(&m.d[NET_TX]));
	lend_queue(NET_RX);
	check_sent(60);
	/* The transport checks that the back end is stopped by then. */
	recall_queue(NET_RX);
	transmit(&plain, HEADER, 61, 1);
	usleep(10000);
	ck_assert(!driver_pending(&m.d[NET_TX]));
	lend_queue(NET_RX);
	check_sent(61);
	/* Only with the machine do the guest's connections end. */
	ck_assert_uint_eq(b.unplugged, 0);
	stop();
	ck_assert_uint_eq(b.unplugged, 1);
}
END_TEST

START_TEST(the_mtu_is_what_was_agreed_to)
{
	static const struct {
		uint64_t features;
		unsigned mtu;
	} agreed[] = {
		{ MODERN, 65520 },
		{ MODERN & ~BIT64(VIRTIO_NET_F_MTU), 1500 },
		{ MODERN & ~BIT64(VIRTIO_NET_F_MRG_RXBUF), 1500 },
		{ 0, 1500 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(agreed); i++) {
		start(_i, agreed[i].features);
		ck_assert_uint_eq(b.mtu, agreed[i].mtu);
		stop();
	}
}
END_TEST

/* A host without a thread to spare leaves the link down, until it has one. */
START_TEST(the_link_is_down_without_a_back_end)
{
	set_up(_i, MODERN);
	b.start_error = -EAGAIN;
	ck_assert_uint_eq(m.net.config.status, VIRTIO_NET_S_LINK_UP);
	lend_queue(NET_RX);
	await(m.link);
	ck_assert_uint_eq(m.net.config.status, 0);
	recall_queue(NET_RX);
	b.start_error = 0;
	lend_queue(NET_RX);
	await(m.link);
	ck_assert_uint_eq(m.net.config.status, VIRTIO_NET_S_LINK_UP);
	lend_queue(NET_TX);
	stop();
}
END_TEST

/* VIRTIO 5.1.3: there is no control queue, and nothing that needs one or
 * changes the header's length [hostile 71, 76] */
START_TEST(features_that_are_not_offered)
{
	static const uint8_t not_ours[] = {
		VIRTIO_NET_F_CTRL_VQ,
		VIRTIO_NET_F_CTRL_RX,
		VIRTIO_NET_F_CTRL_VLAN,
		VIRTIO_NET_F_CTRL_RX_EXTRA,
		VIRTIO_NET_F_CTRL_MAC_ADDR,
		VIRTIO_NET_F_GUEST_ANNOUNCE,
		VIRTIO_NET_F_MQ,
		VIRTIO_NET_F_HASH_REPORT,
		VIRTIO_NET_F_RSS,
		VIRTIO_NET_F_RSC_EXT,
	};

	set_up(_i, MODERN);
	ck_assert_uint_eq(m.net.dev.n_queues, 2);
	for (unsigned i = 0; i < ARRAY_SIZE(not_ours); i++)
		ck_assert_uint_eq(m.net.dev.features & BIT64(not_ours[i]), 0);
	for (unsigned i = 0; i < m.net.dev.n_rules; i++) {
		const struct virtio_rule *rule = &m.net.dev.rules[i];

		ck_assert(!(m.net.dev.features & BIT64(rule->feature)) ||
			  m.net.dev.features & rule->needs);
	}
	lend_queue(NET_RX);
	lend_queue(NET_TX);
	stop();
}
END_TEST

/* Mistakes that are borne, but can be told of. */
START_TEST(lint)
{
	const struct virtio_net_hdr plain = { .flags = 0 };
	uint8_t *at;

	start(_i, MODERN);
	m.net.dev.lint.on = true;
	lend(NET_RX, 2000, 1);
	ck_assert(receive(60));
	transmit(&plain, HEADER, 60, 1);
	check_sent(60);
	ck_assert_uint_eq(m.net.dev.lint.said, 0);
	at = m.ram + m.at[NET_TX];
	memset(at, 0, HEADER + 60);
	at[10] = 1;
	if (lend(NET_TX, HEADER + 60, 1))
		signal_fd(m.net.queue[NET_TX].doorbell);
	take(NET_TX);
	lend(NET_RX, 8, 1);
	lend(NET_RX, 2000, 1);
	ck_assert(receive(60));
	b.nic.rx_done(b.nic.arg);
	stop();
	ck_assert_uint_eq(m.net.dev.lint.said,
			  BIT(LINT_NUM_BUFFERS) | BIT(LINT_SHORT_BUFFER));
}
END_TEST

/* Of a receive buffer without merging, a frame of the usual size is asked. */
START_TEST(lint_short_buffers)
{
	start(_i, BIT64(VIRTIO_F_VERSION_1));
	m.net.dev.lint.on = true;
	lend(NET_RX, 1526, 1);
	lend(NET_RX, 1525, 1);
	ck_assert(receive(60));
	ck_assert_uint_eq(m.net.dev.lint.said, 0);
	ck_assert(receive(60));
	ck_assert_uint_eq(m.net.dev.lint.said, BIT(LINT_SHORT_BUFFER));
	stop();
}
END_TEST

/* What the transport and the driver read of the device. */
START_TEST(configuration)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	const struct virtio_device *dev = &m.net.dev;

	set_up(_i, MODERN);
	ck_assert_mem_eq(dev->config, mac, 6);
	ck_assert_uint_eq(get_le16(dev->config + 6), VIRTIO_NET_S_LINK_UP);
	ck_assert_uint_eq(get_le16(dev->config + 10), 65520);
	ck_assert_uint_eq(dev->config_len, 12);
	/* The rx queue's kicks go where the back end sleeps. */
	ck_assert_int_eq(dev->ops->queue_doorbell(&m.net.dev, NET_RX),
			 b.dev.wake_fd);
	ck_assert_int_eq(dev->ops->queue_doorbell(&m.net.dev, NET_TX), -1);
	ck_assert_uint_eq(dev->features & MODERN,
			  MODERN & ~BIT64(VIRTIO_F_VERSION_1));
	ck_assert_uint_eq(dev->n_rules, 2);
	lend_queue(NET_RX);
	lend_queue(NET_TX);
	stop();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		received_frames_are_merged,
		received_frames_need_a_buffer_that_holds_them,
		received_frames_wait_for_room,
		received_frames_are_shown_before_waiting,
		received_frames_that_never_fit_are_dropped,
		a_broken_rx_queue_is_reported,
		a_broken_tx_queue_is_reported,
		frames_are_sent,
		a_legacy_header_is_shorter,
		offloads_are_passed_on,
		a_header_is_read_once,
		wrong_headers,
		headers_without_offloads_are_ignored,
		frames_shorter_than_a_header,
		sending_waits_for_room,
		the_rx_queue_starts_and_stops_the_back_end,
		the_mtu_is_what_was_agreed_to,
		the_link_is_down_without_a_back_end,
		features_that_are_not_offered,
		lint,
		lint_short_buffers,
		configuration,
		NULL,
	};

	return unit_run(unit_suite_times("virtio_net", tests, MODES));
}
