/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entropy device, on its thread, with a transport that only lends queues.
 * A comment that begins with VIRTIO and a section is a line of docs/VIRTIO.md.
 */
#include "devices/rng/rng.h"

#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/driver.h"
#include "tests/event.h"
#include "tests/unit.h"

enum { SIZE = 16, MODES = 8 };

static struct {
	struct rng rng;
	struct driver d;
	int irq;
	/* Counts what the device reports. */
	int stopped, broken;
} m;

static void interrupt(void *arg)
{
	(void)arg;
	signal_fd(m.irq);
}

static void queue_stopped(void *arg, unsigned index)
{
	(void)arg;
	ck_assert_uint_eq(index, 0);
	signal_fd(m.stopped);
}

static void broken(void *arg, unsigned index)
{
	(void)arg;
	ck_assert_ptr_nonnull(m.rng.dev.queue[index].vq.broken);
	signal_fd(m.broken);
}

static const struct virtio_transport transport = {
	.queue_stopped = queue_stopped,
	.broken = broken,
};

static void set_up(int mode)
{
	const struct vq_config cfg = { .size = SIZE,
				       .packed = mode & 1,
				       .event_idx = mode >> 1 & 1,
				       .indirect = mode >> 2 & 1 };

	m.irq = eventfd(0, EFD_NONBLOCK);
	m.stopped = eventfd(0, EFD_NONBLOCK);
	m.broken = eventfd(0, EFD_NONBLOCK);
	ck_assert_int_eq(rng_init(&m.rng, SIZE), 0);
	m.rng.dev.transport = &transport;
	m.rng.queue.doorbell = eventfd(0, EFD_NONBLOCK);
	driver_init(&m.d, &cfg, cfg.indirect ? DRIVER_INDIRECT : DRIVER_DIRECT,
		    driver_ram(), 0);
	ck_assert_int_eq(driver_start(&m.d, &m.rng.queue.vq, interrupt, NULL),
			 0);
}

static void start(int mode)
{
	set_up(mode);
	m.rng.dev.ops->queue_start(&m.rng.dev, 0);
}

static void stop(void)
{
	m.rng.dev.ops->queue_stop(&m.rng.dev, 0);
	await(m.stopped);
	rng_free(&m.rng);
	close(m.rng.queue.doorbell);
	close(m.irq);
	close(m.stopped);
	close(m.broken);
	driver_free(&m.d);
}

static void lend(uint32_t len, bool write, unsigned pieces)
{
	ck_assert(driver_lend_at(&m.d, DRIVER_DATA, len, write, pieces, 1));
	driver_publish(&m.d);
	signal_fd(m.rng.queue.doorbell);
}

static uint32_t take(void)
{
	struct driver_used used;

	while (!driver_get(&m.d, &used))
		usleep(100);
	return used.len;
}

/* Byte values seen in @len bytes at DRIVER_DATA. */
static unsigned different(uint32_t len)
{
	bool seen[256] = { false };
	unsigned n = 0;

	for (uint32_t i = 0; i < len; i++) {
		uint8_t byte = m.d.ram[DRIVER_DATA + i];

		n += !seen[byte];
		seen[byte] = true;
	}
	return n;
}

/* VIRTIO 5.4.6: a buffer comes back with random bytes in it, and the driver
 * is interrupted */
START_TEST(fills_buffers)
{
	start(_i);
	for (unsigned i = 0; i < 100; i++) {
		driver_arm(&m.d);
		memset(m.d.ram + DRIVER_DATA, 0, 1024);
		lend(1024, true, 1 + i % 4);
		await(m.irq);
		ck_assert_uint_eq(take(), 1024);
		/* Fewer than 192 of 256 has a chance below 2^-200. */
		ck_assert_uint_gt(different(1024), 192);
	}
	stop();
}
END_TEST

/* VIRTIO 5.4.6.1: at least one byte, here no more than a bound, however long
 * the buffer [hostile 23] */
START_TEST(bounded)
{
	start(_i);
	memset(m.d.ram + DRIVER_DATA, 0, 1 << 20);
	lend(1 << 20, true, 2);
	ck_assert_uint_eq(take(), RNG_BUFFER_MAX);
	memmove(m.d.ram + DRIVER_DATA, m.d.ram + DRIVER_DATA + RNG_BUFFER_MAX,
		65536);
	ck_assert_uint_eq(different(65536), 1);
	ck_assert_uint_eq(m.d.ram[DRIVER_DATA], 0);
	lend(1, true, 1);
	ck_assert_uint_eq(take(), 1);
	stop();
}
END_TEST

/* VIRTIO 5.4.6: a buffer with nothing to write comes back empty, and is not
 * written to [hostile 21] */
START_TEST(nothing_to_write)
{
	start(_i);
	memset(m.d.ram + DRIVER_DATA, 0x5a, 64);
	lend(64, false, 1);
	ck_assert_uint_eq(take(), 0);
	ck_assert_uint_eq(different(64), 1);
	stop();
}
END_TEST

/* VIRTIO 2.1.2: a malformed ring is reported, and the queue can be taken back
 * and begun anew */
START_TEST(reports_a_broken_queue)
{
	start(_i);
	driver_lend_at(&m.d, BIT64(40), 64, true, 1, 1);
	driver_publish(&m.d);
	signal_fd(m.rng.queue.doorbell);
	await(m.broken);
	stop();
}
END_TEST

/* The ring itself, as a buffer: what comes of it is the driver's, and the
 * queue can be taken back and begun anew [hostile 26] */
START_TEST(the_buffer_is_the_ring)
{
	for (unsigned part = 0; part < 3; part++) {
		struct pollfd bell = { .events = POLLIN };
		uint64_t at;

		set_up(_i);
		bell.fd = m.rng.queue.doorbell;
		at = part == 0 ? m.d.cfg.desc :
		     part == 1 ? m.d.cfg.driver :
				 m.d.cfg.device;
		/* Behind it another, for the ring to be looked at again. */
		ck_assert(driver_lend_at(&m.d, at, 16 * SIZE, true, 1, 1));
		ck_assert(driver_lend_at(&m.d, DRIVER_DATA, 64, true, 1, 2));
		driver_publish(&m.d);
		signal_fd(bell.fd);
		m.rng.dev.ops->queue_start(&m.rng.dev, 0);
		/* The doorbell is drained at the beginning of a turn, and
		 * stopping waits for the turn's end. */
		while (poll(&bell, 1, 0))
			sched_yield();
		stop();
	}
	start(_i);
	lend(64, true, 1);
	ck_assert_uint_eq(take(), 64);
	stop();
}
END_TEST

/* An idle device sleeps: no time is used, however long nothing comes
 * [hostile 45, 74] */
START_TEST(sleeps)
{
	struct timespec before, after;
	clockid_t clock;

	start(_i);
	lend(64, true, 1);
	take();
	pthread_getcpuclockid(m.rng.worker.thread, &clock);
	/* Let it come to rest: the time stands still. */
	do {
		clock_gettime(clock, &before);
		usleep(20000);
		clock_gettime(clock, &after);
	} while (before.tv_nsec != after.tv_nsec);
	usleep(100000);
	clock_gettime(clock, &after);
	ck_assert_int_eq(before.tv_nsec, after.tv_nsec);
	ck_assert_int_eq(before.tv_sec, after.tv_sec);
	stop();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		fills_buffers,
		bounded,
		nothing_to_write,
		reports_a_broken_queue,
		the_buffer_is_the_ring,
		sleeps,
		NULL,
	};

	return unit_run(unit_suite_times("rng", tests, MODES));
}
