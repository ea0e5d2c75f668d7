/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A block device on its threads, with a queue and a disk that is fast, slow,
 * broken or does not answer.  A comment that begins with VIRTIO and a section
 * is a line of docs/VIRTIO.md.
 */
#define _GNU_SOURCE
#include "devices/blk/blk.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "tests/driver.h"
#include "tests/event.h"
#include "tests/fake_disk.h"
#include "tests/files.h"
#include "tests/unit.h"

enum { SIZE = 128, MODES = 16, DISK = 1 << 20 };

/* Where a request is in guest memory, by its number: header, status, data. */
enum {
	REQUEST = DRIVER_DATA,
	STATUS = 16,
	DATA = 512,
	STRIDE = 8192,
	REQUESTS = 256,
	POISON = 0x5a,
	/* Rounds in each ring mode. */
	WAKE_UPS = 500,
};

static struct {
	struct fake_disk fake;
	struct blk blk;
	struct driver d;
	int irq;
	/* Counts what the device reports. */
	int stopped, broken;
	bool done[REQUESTS];
	uint32_t len[REQUESTS];
	unsigned n_done;
	/* What is asked for is only not to work for a while. */
	bool ring_stays;
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
	if (!m.ring_stays)
		vq_stop(&m.blk.queue.vq);
	signal_fd(m.stopped);
}

static void broken(void *arg, unsigned index)
{
	(void)arg;
	ck_assert_ptr_nonnull(m.blk.dev.queue[index].vq.broken);
	signal_fd(m.broken);
}

static const struct virtio_transport transport = {
	.queue_stopped = queue_stopped,
	.broken = broken,
};

static void start_ring(void)
{
	ck_assert_int_eq(driver_start(&m.d, &m.blk.queue.vq, interrupt, NULL),
			 0);
}

static void start(void)
{
	start_ring();
	m.blk.dev.ops->queue_start(&m.blk.dev, 0);
}

/* All but the start of the queue. */
static void prepare(int mode)
{
	const struct vq_config cfg = { .size = SIZE,
				       .packed = mode & 1,
				       .event_idx = mode >> 1 & 1,
				       .indirect = mode >> 2 & 1,
				       .in_order = mode >> 3 & 1 };

	m.irq = eventfd(0, EFD_NONBLOCK);
	m.stopped = eventfd(0, EFD_NONBLOCK);
	m.broken = eventfd(0, EFD_NONBLOCK);
	fake_disk_init(&m.fake, DISK);
	ck_assert_int_eq(blk_init(&m.blk, &m.fake.disk, 1, SIZE), 0);
	m.blk.dev.transport = &transport;
	m.blk.dev.negotiated = m.blk.dev.features | BIT64(VIRTIO_F_VERSION_1);
	m.blk.queue.doorbell = eventfd(0, EFD_NONBLOCK);
	driver_init(&m.d, &cfg, cfg.indirect ? DRIVER_INDIRECT : DRIVER_DIRECT,
		    driver_ram(), 0);
}

static void set_up(int mode)
{
	prepare(mode);
	start();
}

static void stop(void)
{
	m.blk.dev.ops->queue_stop(&m.blk.dev, 0);
	await(m.stopped);
}

static void tear_down(void)
{
	blk_free(&m.blk);
	fake_disk_free(&m.fake);
	close(m.blk.queue.doorbell);
	close(m.irq);
	close(m.stopped);
	close(m.broken);
	driver_free(&m.d);
}

static uint8_t *at(unsigned i)
{
	return m.d.ram + REQUEST + (size_t)i * STRIDE;
}

static uint8_t status(unsigned i)
{
	return at(i)[STATUS];
}

/* Request number @i: @n sectors from @sector on, to be published. */
static void lend(unsigned i, uint32_t type, uint64_t sector, uint32_t n)
{
	const struct virtio_blk_outhdr h = { type, 0, sector };
	uint64_t gpa = REQUEST + (uint64_t)i * STRIDE;
	struct driver_seg seg[3] = { { gpa, sizeof(h), false } };
	unsigned segs = 1;

	memcpy(at(i), &h, sizeof(h));
	at(i)[STATUS] = POISON;
	if (n)
		seg[segs++] = (struct driver_seg){ gpa + DATA, n,
						   type == VIRTIO_BLK_T_IN };
	seg[segs++] = (struct driver_seg){ gpa + STATUS, 1, true };
	ck_assert(driver_lend(&m.d, seg, segs, i));
	m.done[i] = false;
}

static void publish(void)
{
	if (driver_publish(&m.d))
		signal_fd(m.blk.queue.doorbell);
}

static void read_sector(unsigned i)
{
	lend(i, VIRTIO_BLK_T_IN, i, BLK_SECTOR);
}

static void write_sector(unsigned i)
{
	memset(at(i) + DATA, (int)i, BLK_SECTOR);
	lend(i, VIRTIO_BLK_T_OUT, i, BLK_SECTOR);
}

/* Take what is used now; the model driver sees to it that nothing comes twice
 * or out of order. */
static void take_all(void)
{
	struct driver_used used;

	while (driver_get(&m.d, &used)) {
		ck_assert(!m.done[used.cookie]);
		m.done[used.cookie] = true;
		m.len[used.cookie] = used.len;
		m.n_done++;
	}
}

/* Until @n more requests have been answered. */
static void await_done(unsigned n)
{
	unsigned until = m.n_done + n;

	for (;;) {
		take_all();
		if (m.n_done >= until)
			break;
		if (!driver_arm(&m.d))
			await(m.irq);
	}
	ck_assert_uint_eq(m.n_done, until);
}

static uint32_t dice(uint32_t sides)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % sides;
}

static void fail_now(int err)
{
	fake_disk_fail(&m.fake, FAKE_READ_NOW, err);
}

/* VIRTIO 5.2.6.1, 2.7.8.2: every request is answered once, with its status and
 * the length that was written from the front on, whoever has done it */
START_TEST(answers)
{
	set_up(_i);
	for (unsigned round = 0; round < 6; round++) {
		fail_now(round % 2 ? -EAGAIN : 0);
		for (unsigned i = 0; i < 32; i++)
			if (i % 3 == 2)
				lend(i, 99, 0, 0);
			else if (i % 3)
				write_sector(i);
			else
				read_sector(i);
		publish();
		await_done(32);
		for (unsigned i = 0; i < 32; i++) {
			ck_assert_int_eq(status(i),
					 i % 3 == 2 ? VIRTIO_BLK_S_UNSUPP :
						      VIRTIO_BLK_S_OK);
			ck_assert_uint_eq(m.len[i], i % 3 ? 1 : BLK_SECTOR + 1);
			if (i % 3 == 0)
				ck_assert_uint_eq(at(i)[DATA], 0xd5);
			if (i % 3 == 1)
				ck_assert_uint_eq(m.fake.data[i * BLK_SECTOR],
						  i);
		}
	}
	stop();
	ck_assert_uint_eq(m.blk.reads, 6 * 11);
	ck_assert_uint_eq(m.blk.reads_now, 3 * 11);
	ck_assert_uint_eq(m.blk.writes, 6 * 11);
	ck_assert_uint_eq(m.blk.unsupported, 6 * 10);
	tear_down();
}
END_TEST

/* More requests than are done at a time: the rest waits in the ring, and
 * memory is bounded. */
START_TEST(depth)
{
	unsigned n;

	set_up(_i);
	n = m.d.cfg.indirect ? SIZE : SIZE / 3;
	fail_now(-EAGAIN);
	fake_disk_slow(&m.fake, true);
	for (unsigned i = 0; i < n; i++)
		read_sector(i);
	publish();
	fake_disk_await_stopped(&m.fake, BLK_THREADS);
	while (count_get(&m.blk.depth_peak) < MIN(n, BLK_DEPTH))
		usleep(100);
	fake_disk_slow(&m.fake, false);
	await_done(n);
	stop();
	ck_assert_uint_eq(m.blk.depth_peak, MIN(n, BLK_DEPTH));
	ck_assert_uint_eq(m.blk.n_taken, 0);
	tear_down();
}
END_TEST

/* A slow request does not keep others, where their order is free; the queue's
 * owner is seen to wait for the host. */
START_TEST(overtakes)
{
	set_up(_i);
	if (!m.d.cfg.in_order) {
		fake_disk_slow(&m.fake, true);
		write_sector(0);
		publish();
		fake_disk_await_stopped(&m.fake, 1);
		read_sector(1);
		publish();
		await_done(1);
		ck_assert(m.done[1]);
		while (!__atomic_load_n(&m.blk.queue.waits, __ATOMIC_SEQ_CST))
			usleep(100);
		fake_disk_slow(&m.fake, false);
		await_done(1);
	}
	stop();
	tear_down();
}
END_TEST

/* VIRTIO 5.2.6.2: a flush covers the writes completed before it was made
 * available: it begins after those have ended */
START_TEST(flush_after_writes)
{
	set_up(_i);
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 8; i++)
			write_sector(i);
		publish();
		await_done(8);
		lend(9, VIRTIO_BLK_T_FLUSH, 0, 0);
		publish();
		await_done(1);
		ck_assert_int_eq(status(9), VIRTIO_BLK_S_OK);
		ck_assert_uint_gt(
			fake_disk_at(&m.fake, FAKE_FLUSH, round, false),
			fake_disk_at(&m.fake, FAKE_WRITE, 8 * round + 7, true));
		ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_FLUSH),
				  round + 1);
	}
	stop();
	tear_down();
}
END_TEST

/* VIRTIO 5.2.6.2: what the host fails is said to the driver; others go on */
START_TEST(host_fails)
{
	set_up(_i);
	fake_disk_fail(&m.fake, FAKE_WRITE, -ENOSPC);
	fake_disk_fail(&m.fake, FAKE_FLUSH, -EIO);
	fail_now(-EIO);
	write_sector(0);
	lend(1, VIRTIO_BLK_T_FLUSH, 0, 0);
	read_sector(2);
	publish();
	await_done(3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(status(i), VIRTIO_BLK_S_IOERR);
	ck_assert_uint_eq(m.len[2], BLK_SECTOR + 1);
	ck_assert_uint_eq(at(2)[DATA], 0);
	stop();
	ck_assert_uint_eq(m.blk.failed, 3);
	ck_assert_uint_eq(m.blk.refused, 0);
	tear_down();
}
END_TEST

/* VIRTIO 2.1.2: a request without a byte for its status has no answer: the
 * driver is asked for a reset, and the queue can be begun anew */
START_TEST(no_status)
{
	struct driver_seg seg = { REQUEST, 4096, false };

	set_up(_i);
	ck_assert(driver_lend(&m.d, &seg, 1, 0));
	publish();
	await(m.broken);
	stop();
	driver_free(&m.d);
	ck_assert_ptr_null(m.blk.queue.vq.ops);
	driver_init(&m.d, &m.d.cfg, m.d.chain, m.d.ram, 0);
	start();
	read_sector(0);
	publish();
	await_done(1);
	ck_assert_int_eq(status(0), VIRTIO_BLK_S_OK);
	stop();
	tear_down();
}
END_TEST

/* A buffer that is the ring, or its own header or status: what comes of it is
 * the driver's [hostile 26] */
START_TEST(overlapping)
{
	for (unsigned part = 0; part < 5; part++) {
		const struct virtio_blk_outhdr h = { VIRTIO_BLK_T_IN, 0, 0 };
		struct driver_seg seg[3] = { { REQUEST, sizeof(h), false } };
		const uint64_t where[] = { REQUEST, REQUEST + STATUS, 0, 0, 0 };

		prepare(_i);
		start_ring();
		m.done[0] = false;
		seg[1] = (struct driver_seg){ where[part], BLK_SECTOR, true };
		if (part >= 2)
			seg[1].addr = part == 2 ? m.d.cfg.desc :
				      part == 3 ? m.d.cfg.driver :
						  m.d.cfg.device;
		seg[2] = (struct driver_seg){ REQUEST + STATUS, 1, true };
		memcpy(at(0), &h, sizeof(h));
		ck_assert(driver_lend(&m.d, seg, 3, 0));
		/* Before the device may write there. */
		driver_publish(&m.d);
		m.blk.dev.ops->queue_start(&m.blk.dev, 0);
		if (part < 2) {
			await_done(1);
			ck_assert_int_eq(status(0), VIRTIO_BLK_S_OK);
		} else {
			while (!fake_disk_calls(&m.fake, FAKE_READ_NOW))
				usleep(100);
		}
		stop();
		tear_down();
		m.n_done = 0;
	}
}
END_TEST

/* Of all that a guest can see: rings, requests, tables. */
static uint8_t *snapshot(void)
{
	uint8_t *copy = malloc(DRIVER_RAM);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, m.d.ram, DRIVER_RAM);
	return copy;
}

/* Until the device knows that its queue was asked for. */
static void await_stopping(void)
{
	while (!__atomic_load_n(&m.blk.stopping, __ATOMIC_RELAXED))
		usleep(100);
}

/* VIRTIO 2.4.1, 2.6.1.1: a queue that is asked for is given back when the host
 * has answered, and not before; no byte of guest memory changes after that, and
 * no interrupt is sent; what the host was not yet asked it is not asked any
 * more */
START_TEST(stop_waits_for_host)
{
	unsigned n, calls;
	uint8_t *copy;

	set_up(_i);
	n = m.d.cfg.indirect ? SIZE : SIZE / 3;
	fail_now(-EAGAIN);
	fake_disk_slow(&m.fake, true);
	for (unsigned i = 0; i < n; i++)
		read_sector(i);
	publish();
	fake_disk_await_stopped(&m.fake, BLK_THREADS);
	m.blk.dev.ops->queue_stop(&m.blk.dev, 0);
	/* All but the requests that are on the host come back. */
	await_stopping();
	usleep(2000);
	ck_assert(!signalled(m.stopped));
	fake_disk_slow(&m.fake, false);
	await(m.stopped);
	calls = fake_disk_calls(&m.fake, FAKE_READ);
	ck_assert_uint_eq(calls, BLK_THREADS);
	copy = snapshot();
	signalled(m.irq);
	signal_fd(m.blk.queue.doorbell);
	usleep(20000);
	ck_assert_int_eq(memcmp(copy, m.d.ram, DRIVER_RAM), 0);
	ck_assert(!signalled(m.irq));
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_READ), calls);
	ck_assert_uint_eq(m.blk.n_taken, 0);
	free(copy);
	tear_down();
}
END_TEST

/* What was taken is answered, once, before the queue is given back: a driver
 * that switched the bus master off, and on again, goes on with the same ring */
START_TEST(bus_master_off)
{
	unsigned failed = 0;

	set_up(_i);
	m.ring_stays = true;
	fail_now(-EAGAIN);
	for (unsigned round = 0; round < 50; round++) {
		fake_disk_slow(&m.fake, true);
		for (unsigned i = 0; i < 20; i++)
			read_sector(i);
		publish();
		if (round % 2)
			fake_disk_await_stopped(&m.fake, BLK_THREADS);
		m.blk.dev.ops->queue_stop(&m.blk.dev, 0);
		if (round % 2)
			await_stopping();
		fake_disk_slow(&m.fake, false);
		await(m.stopped);
		ck_assert_uint_eq(m.blk.n_taken, 0);
		take_all();
		for (unsigned i = 0; i < 20; i++)
			failed += m.done[i] && status(i) == VIRTIO_BLK_S_IOERR;
		m.blk.dev.ops->queue_start(&m.blk.dev, 0);
		while (m.n_done < 20 * (round + 1))
			take_all();
		ck_assert_uint_eq(m.n_done, 20 * (round + 1));
	}
	ck_assert_uint_ge(failed, 25 * (20 - BLK_THREADS));
	stop();
	tear_down();
}
END_TEST

/* A host that does not answer at the end of the program: it is told to give up,
 * and then the queue comes back. */
START_TEST(cancel)
{
	set_up(_i);
	fake_disk_slow(&m.fake, true);
	write_sector(0);
	lend(1, VIRTIO_BLK_T_FLUSH, 0, 0);
	publish();
	fake_disk_await_stopped(&m.fake, 2);
	m.blk.dev.ops->queue_stop(&m.blk.dev, 0);
	usleep(2000);
	ck_assert(!signalled(m.stopped));
	disk_cancel(&m.fake.disk);
	await(m.stopped);
	ck_assert_int_eq(status(0), VIRTIO_BLK_S_IOERR);
	ck_assert_int_eq(status(1), VIRTIO_BLK_S_IOERR);
	tear_down();
}
END_TEST

/* A write to the host's memory is done at once, without another thread, but for
 * a driver without FLUSH: that one waits for the medium. */
START_TEST(writes_at_once)
{
	set_up(_i);
	m.fake.disk.writes_copy = true;
	for (unsigned i = 0; i < 8; i++) {
		write_sector(i);
		publish();
		await_done(1);
		ck_assert_int_eq(status(i), VIRTIO_BLK_S_OK);
		ck_assert_uint_eq(m.fake.data[i * BLK_SECTOR], i);
	}
	stop();
	ck_assert_uint_ge(m.blk.writes_now, 1);
	ck_assert_uint_eq(m.blk.writes, 8);
	tear_down();
	prepare(_i);
	m.n_done = 0;
	m.fake.disk.writes_copy = true;
	m.blk.dev.negotiated &= ~BIT64(VIRTIO_BLK_F_FLUSH);
	start();
	write_sector(0);
	publish();
	await_done(1);
	stop();
	ck_assert_uint_eq(m.blk.writes_now, 0);
	ck_assert_uint_eq(fake_disk_calls(&m.fake, FAKE_WRITE_DURABLE), 1);
	tear_down();
}
END_TEST

/* Such a write that does wait for the host: what was done before is told by
 * then, the host is seen to be waited for, and the next one is the pool's. */
START_TEST(write_waits)
{
	set_up(_i);
	m.fake.disk.writes_copy = true;
	fake_disk_slow(&m.fake, true);
	for (unsigned i = 0; i < 8; i++)
		read_sector(i);
	write_sector(8);
	publish();
	await_done(8);
	fake_disk_await_stopped(&m.fake, 1);
	ck_assert(__atomic_load_n(&m.blk.queue.waits, __ATOMIC_SEQ_CST));
	usleep(2000);
	fake_disk_slow(&m.fake, false);
	await_done(1);
	ck_assert_int_eq(status(8), VIRTIO_BLK_S_OK);
	write_sector(9);
	publish();
	await_done(1);
	ck_assert_int_eq(status(9), VIRTIO_BLK_S_OK);
	stop();
	ck_assert_uint_eq(m.blk.writes_now, 1);
	tear_down();
}
END_TEST

/* A queue that is asked for while the disk's own thread writes. */
START_TEST(stop_waits_for_write)
{
	set_up(_i);
	m.fake.disk.writes_copy = true;
	fake_disk_slow(&m.fake, true);
	for (unsigned i = 0; i < 4; i++)
		write_sector(i);
	publish();
	fake_disk_await_stopped(&m.fake, 1);
	m.blk.dev.ops->queue_stop(&m.blk.dev, 0);
	usleep(2000);
	ck_assert(!signalled(m.stopped));
	fake_disk_slow(&m.fake, false);
	await(m.stopped);
	ck_assert_uint_eq(m.blk.n_taken, 0);
	ck_assert_int_eq(status(0), VIRTIO_BLK_S_OK);
	tear_down();
}
END_TEST

/* One request of any kind. */
static void lend_any(unsigned i)
{
	switch (dice(4)) {
	case 0:
		write_sector(i);
		break;
	case 1:
		lend(i, VIRTIO_BLK_T_FLUSH, 0, 0);
		break;
	default:
		read_sector(i);
	}
}

/* Both ends sleep whenever they can, and so do those that work for the disk: no
 * request is left lying, whoever does it. */
START_TEST(wake_ups)
{
	set_up(_i);
	for (unsigned round = 0; round < WAKE_UPS; round++) {
		unsigned n = 1 + dice(8);

		m.fake.disk.writes_copy = round % 2;
		fail_now(dice(2) ? -EAGAIN : 0);
		for (unsigned i = 0; i < n; i++) {
			lend_any(i);
			if (dice(2))
				publish();
		}
		publish();
		await_done(n);
		for (unsigned i = 0; i < n; i++)
			ck_assert_uint_eq(status(i), VIRTIO_BLK_S_OK);
	}
	stop();
	tear_down();
}
END_TEST

/* An idle device sleeps: no time is used, however long nothing comes. */
START_TEST(sleeps)
{
	struct timespec before, after;
	clockid_t clock;

	set_up(_i);
	fail_now(-EAGAIN);
	read_sector(0);
	publish();
	await_done(1);
	pthread_getcpuclockid(m.blk.worker.thread, &clock);
	do {
		clock_gettime(clock, &before);
		usleep(20000);
		clock_gettime(clock, &after);
	} while (before.tv_nsec != after.tv_nsec);
	usleep(100000);
	clock_gettime(clock, &after);
	ck_assert_int_eq(before.tv_nsec, after.tv_nsec);
	stop();
	tear_down();
}
END_TEST

/* At -vv each request is told, and what became of it. */
START_TEST(told)
{
	char text[8192];

	log_capture();
	log_set_level(LOG_DEBUG);
	set_up(_i);
	fake_disk_fail(&m.fake, FAKE_FLUSH, -EIO);
	read_sector(7);
	write_sector(1);
	lend(2, VIRTIO_BLK_T_FLUSH, 0, 0);
	lend(3, VIRTIO_BLK_T_DISCARD, 0, 0);
	lend(4, VIRTIO_BLK_T_WRITE_ZEROES, 0, 0);
	lend(5, VIRTIO_BLK_T_GET_ID, 0, 0);
	lend(6, 99, 0, 0);
	publish();
	await_done(7);
	log_text(text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "read (type 0) at sector 7, 0 bytes "
					   "out, 512 in: ok, "));
	ck_assert_ptr_nonnull(strstr(text, "write (type 1) at sector 1, 512 "));
	ck_assert_ptr_nonnull(strstr(text, "flush (type 4) "));
	ck_assert_ptr_nonnull(strstr(text, "(type 99) "));
	ck_assert_ptr_nonnull(strstr(text, ": unsupported, "));
	ck_assert_ptr_nonnull(strstr(text, ": I/O error, "));
	stop();
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		answers,    depth,	    overtakes,	 flush_after_writes,
		host_fails, no_status,	    overlapping, stop_waits_for_host,
		cancel,	    bus_master_off, sleeps,	 told,
		wake_ups,   writes_at_once, write_waits, stop_waits_for_write,
		NULL,
	};

	return unit_run(unit_suite_times("blk", tests, MODES));
}
