/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A frame that does not fit into the buffers lent, the whole way: from a
 * socket of the host through libslirp to the card's rx queue.  The thread
 * that brings it must sleep while it waits, not look at the same buffers over
 * and over.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "devices/net/net.h"
#include "devices/slirp/internal.h"
#include "tests/driver.h"
#include "tests/event.h"
#include "tests/net_guest.h"

enum {
	SIZE = 64,
	BUFFER = 2048,
	/* 40 KB of buffers, what 60 KB with their headers need, and a frame of
	 * UDP. */
	FEW = 20,
	ENOUGH = 30,
	PAYLOAD = 60000,
	/* {split, packed} x IN_ORDER */
	MODES = 4,
};

#define FEATURES                                                               \
	(BIT64(VIRTIO_F_VERSION_1) | BIT64(VIRTIO_NET_F_MRG_RXBUF) |           \
	 BIT64(VIRTIO_NET_F_MTU) | BIT64(VIRTIO_NET_F_GUEST_CSUM))
#define CPU_MAX_NS (10 * NSEC_PER_MSEC)

static struct guest g;
static struct net net;
static struct driver d;
static int started, stopped, host;
static uint64_t lent, taken;

static void queue_stopped(void *arg, unsigned index)
{
	(void)arg;
	(void)index;
	signal_fd(stopped);
}

static void broken(void *arg, unsigned index)
{
	(void)arg;
	ck_abort_msg("queue %u is broken", index);
}

static void config_lock(void *arg)
{
	(void)arg;
}

/* The link's state is settled when the back end has been started. */
static void config_unlock(void *arg, bool changed)
{
	(void)arg;
	(void)changed;
	signal_fd(started);
}

static void interrupt(void *arg)
{
	(void)arg;
}

static void start_queue(int mode)
{
	const struct vq_config cfg = { .size = SIZE,
				       .packed = mode & 1,
				       .event_idx = true,
				       .in_order = mode >> 1 & 1 };

	driver_init(&d, &cfg, DRIVER_DIRECT, driver_ram(), 0);
	ck_assert_int_eq(
		driver_start(&d, &net.queue[NET_RX].vq, interrupt, NULL), 0);
	net.dev.ops->queue_start(&net.dev, NET_RX);
	await(started);
}

/* A card with its rx queue at work, at an address that the network knows,
 * and a socket that leads there. */
static void set_up(int mode)
{
	static const struct virtio_transport transport = {
		.queue_stopped = queue_stopped,
		.broken = broken,
		.config_lock = config_lock,
		.config_unlock = config_unlock,
	};
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };
	const struct net_options options = { .mtu = 65520, .queue_size = SIZE };
	const struct forward *f;

	guest_open(&g, "user,mtu=65520", "0:7/udp", NULL);
	started = eventfd(0, EFD_NONBLOCK);
	stopped = eventfd(0, EFD_NONBLOCK);
	ck_assert_int_eq(net_init(&net, g.dev, &options), 0);
	net.dev.transport = &transport;
	net.dev.negotiated = FEATURES;
	start_queue(mode);
	guest_arp(&g, 1, gateway);
	f = &g.config.forwards.list[0];
	host = socket(f->host.ss_family, SOCK_DGRAM, 0);
	ck_assert_int_eq(connect(host, (const struct sockaddr *)&f->host,
				 sizeof(struct sockaddr_in)),
			 0);
}

static void stop_queue(void)
{
	net.dev.ops->queue_stop(&net.dev, NET_RX);
	await(stopped);
}

static void tear_down(void)
{
	stop_queue();
	net_free(&net);
	driver_free(&d);
	guest_close(&g);
	close(started);
	close(stopped);
	close(host);
}

static void lend(unsigned n)
{
	bool kick = false;

	for (unsigned i = 0; i < n; i++, lent++)
		ck_assert(driver_lend_at(&d, DRIVER_DATA + lent % SIZE * BUFFER,
					 BUFFER, true, 1, lent));
	kick = driver_publish(&d);
	if (kick)
		signal_fd(g.dev->wake_fd);
}

static void send_frame(void)
{
	static uint8_t data[PAYLOAD];

	ck_assert_int_eq(send(host, data, sizeof(data), 0), PAYLOAD);
}

static void await_count(const uint64_t *counter, uint64_t value)
{
	while (count_get(counter) < value)
		usleep(1000);
}

/* Takes @n buffers back. */
static void take(unsigned n)
{
	for (unsigned i = 0; i < n; i++, taken++) {
		struct driver_used used;

		while (!driver_get(&d, &used))
			usleep(1000);
		ck_assert_uint_eq(used.cookie, taken);
	}
}

static struct slirp_net *slirp(void)
{
	return (struct slirp_net *)(void *)g.dev;
}

/* Processor time of the thread net-rx. */
static uint64_t cpu_ns(void)
{
	struct timespec t;
	clockid_t clock;

	ck_assert_int_eq(pthread_getcpuclockid(slirp()->loop.thread, &clock),
			 0);
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

/* The answer to the ARP request, and whoever else speaks on a new network. */
static void clear_the_way(void)
{
	lend(4);
	take(1);
	usleep(100000);
	while (driver_pending(&d))
		take(1);
}

/* What is lent, however much it was before, becomes @n buffers. */
static void top_up(unsigned n)
{
	lend(n - (unsigned)(lent - taken));
}

/* Until the frame is dropped for its age, and beyond, the thread sleeps. */
START_TEST(too_few_buffers)
{
	uint64_t before, waits;

	set_up(_i);
	clear_the_way();
	top_up(FEW);
	waits = count_get(&net.rx.waits);
	send_frame();
	await_count(&net.rx.waits, waits + 1);
	before = cpu_ns();
	for (unsigned i = 0; i < 20; i++)
		usleep(100000);
	ck_assert_uint_lt(cpu_ns() - before, CPU_MAX_NS);
	/* Refused, looked at again at the end, and dropped. */
	await_count(&slirp()->delivery.aged, 1);
	ck_assert_uint_le(count_get(&net.rx.waits) - waits, 3);
	ck_assert(!driver_pending(&d));
	tear_down();
}
END_TEST

/* More buffers deliver it, whether they come at once or one by one; none is
 * dropped on the way there. */
START_TEST(more_buffers)
{
	uint64_t frames, waits;

	set_up(_i);
	clear_the_way();
	for (unsigned lap = 0; lap < 4; lap++) {
		top_up(FEW);
		frames = count_get(&net.rx.frames);
		waits = count_get(&net.rx.waits);
		send_frame();
		await_count(&net.rx.waits, waits + 1);
		if (lap & 1)
			top_up(ENOUGH);
		for (unsigned n = FEW + 1; !(lap & 1) && n <= ENOUGH; n++)
			top_up(n);
		await_count(&net.rx.frames, frames + 1);
		take(ENOUGH);
	}
	ck_assert_uint_eq(count_get(&slirp()->delivery.aged), 0);
	ck_assert_uint_eq(count_get(&net.rx.drop_small), 0);
	tear_down();
}
END_TEST

/* At each of these points the queue comes back at once. */
START_TEST(stopping)
{
	for (unsigned point = 0; point < 4; point++) {
		lent = taken = 0;
		set_up(_i);
		clear_the_way();
		top_up(FEW);
		if (point > 0) {
			uint64_t waits = count_get(&net.rx.waits);

			send_frame();
			await_count(&net.rx.waits, waits + 1);
		}
		if (point == 2)
			top_up(FEW + 1);
		if (point == 3)
			await_count(&slirp()->delivery.aged, 1);
		tear_down();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		too_few_buffers,
		more_buffers,
		stopping,
		NULL,
	};

	return unit_run(unit_suite_times("virtio_net_livelock", tests, MODES));
}
