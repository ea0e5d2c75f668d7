/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's thread: how it comes by queues and gives them back, when it
 * looks and when it sleeps.  A comment that begins with VIRTIO and a section
 * is a line of docs/VIRTIO.md.
 *
 * The program is linked with read(2) replaced, to see when a doorbell is
 * drained, and sched_getaffinity(2), to have as many processors as it takes.
 */
#define _GNU_SOURCE
#include "devices/virtio/worker.h"

#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/virtio/virtio.h"
#include "tests/driver.h"
#include "tests/event.h"
#include "tests/unit.h"

enum { QUEUES = 2, SIZE = 8 };

static struct {
	struct virtio_device dev;
	struct virtio_queue queue[QUEUES];
	struct virtio_worker worker;
	struct driver d[QUEUES];
	/* Counts queues given back, and turns of work. */
	int stopped, served;
	/* Turns still to claim that there is more; and how often a doorbell was
	 * drained since the last turn; the worker's. */
	unsigned more, unserved;
	/* Buffers still to be served, one each turn; for the test afterwards.
	 */
	unsigned buffers;
	/* Processors there are. */
	unsigned cpus;
	/* What serve() and start() are to say, and what stop() was told. */
	bool no_room, lends_on, pending;
	unsigned let_go;
	/* Atomic: how often stop() is still to say that it takes longer. */
	unsigned refusals;
	/* Counts those. */
	int refused;
	/* Atomic: drains and turns, by queue. */
	unsigned drains[QUEUES], turns[QUEUES];
} m;

ssize_t __real_read(int fd, void *to, size_t len);
ssize_t __wrap_read(int fd, void *to, size_t len);

ssize_t __wrap_read(int fd, void *to, size_t len)
{
	for (unsigned i = 0; i < QUEUES; i++)
		if (fd == m.queue[i].doorbell) {
			__atomic_fetch_add(&m.drains[i], 1, __ATOMIC_RELAXED);
			m.unserved++;
		}
	return __real_read(fd, to, len);
}

int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *cpus);

int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *cpus)
{
	ck_assert_int_eq(pid, 0);
	ck_assert_uint_eq(size, sizeof(*cpus));
	CPU_ZERO(cpus);
	for (unsigned i = 0; i < m.cpus; i++)
		CPU_SET(2 * i + 1, cpus);
	return 0;
}

/* Takes one buffer; true: there was one. */
static bool take_buffer(struct virtq *vq)
{
	struct iovec iov[SIZE];
	struct vq_buf buf;

	if (vq_pop(vq, &buf, iov, SIZE) <= 0)
		return false;
	vq_push(vq, &buf, 0);
	vq_commit(vq);
	return true;
}

static enum worker_turn serve(struct virtio_device *dev, unsigned index)
{
	if (m.buffers && take_buffer(&dev->queue[index].vq))
		m.buffers--;
	/* After a drain comes a turn: what is drained is looked for. */
	ck_assert_uint_le(m.unserved, 1);
	m.unserved = 0;
	__atomic_fetch_add(&m.turns[index], 1, __ATOMIC_RELAXED);
	signal_fd(m.served);
	if (m.no_room)
		return WORKER_WAITS;
	if (m.pending)
		return WORKER_PENDING;
	if (!m.more)
		return WORKER_IDLE;
	m.more--;
	return WORKER_BUSY;
}

/* Queue 1 may be somebody else's. */
static bool take_up(struct virtio_device *dev, unsigned index)
{
	(void)dev;
	return index == 0 || !m.lends_on;
}

static bool let_go(struct virtio_device *dev, unsigned index)
{
	(void)dev;
	if (__atomic_load_n(&m.refusals, __ATOMIC_RELAXED)) {
		__atomic_fetch_sub(&m.refusals, 1, __ATOMIC_RELAXED);
		signal_fd(m.refused);
		return false;
	}
	m.let_go |= BIT(index);
	return true;
}

static void queue_stopped(void *arg, unsigned index)
{
	(void)arg;
	(void)index;
	signal_fd(m.stopped);
}

static void set_up(void)
{
	static const struct virtio_transport transport = {
		.queue_stopped = queue_stopped,
	};
	static const struct virtio_worker_ops ops = {
		.serve = serve,
		.start = take_up,
		.stop = let_go,
		.looks = PATIENCE_LOOKS,
	};
	const struct vq_config cfg = { .size = SIZE };

	m.dev = (struct virtio_device){ .name = "test",
					.n_queues = QUEUES,
					.queue = m.queue,
					.transport = &transport };
	m.cpus = m.cpus ? m.cpus : 2;
	m.stopped = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	m.served = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	m.refused = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	for (unsigned i = 0; i < QUEUES; i++) {
		m.queue[i].doorbell = eventfd(0, EFD_NONBLOCK);
		driver_init(&m.d[i], &cfg, DRIVER_DIRECT, driver_ram(), 0);
		ck_assert_int_eq(
			driver_start(&m.d[i], &m.queue[i].vq, NULL, NULL), 0);
	}
	ck_assert_int_eq(virtio_worker_init(&m.worker, "test", &m.dev, &ops),
			 0);
}

static void tear_down(void)
{
	virtio_worker_free(&m.worker);
	for (unsigned i = 0; i < QUEUES; i++)
		driver_free(&m.d[i]);
}

static unsigned turns(unsigned queue)
{
	return __atomic_load_n(&m.turns[queue], __ATOMIC_RELAXED);
}

static void give_back(unsigned queue)
{
	virtio_worker_stop(&m.worker, queue);
	await(m.stopped);
}

/* VIRTIO 2.7.13.4: the doorbell is drained, then the ring looked at, each
 * time: the other way round a kick in between would be slept through */
START_TEST(drains_first)
{
	virtio_worker_start(&m.worker, 0);
	for (unsigned i = 0; i < 100; i++) {
		signal_fd(m.queue[0].doorbell);
		await(m.served);
	}
	give_back(0);
	/* But for the turn that comes with the queue, which needs no kick. */
	ck_assert_uint_le(m.drains[0], turns(0));
	ck_assert_uint_ge(m.drains[0], turns(0) - 1);
	ck_assert_uint_eq(m.unserved, 0);
}
END_TEST

/* VIRTIO 2.1.2, 2.4.1: a queue just lent is looked at without a kick; one that
 * is not lent, or was given back, is not, whatever its doorbell does */
START_TEST(serves_what_it_has)
{
	signal_fd(m.queue[1].doorbell);
	virtio_worker_start(&m.worker, 0);
	await(m.served);
	signal_fd(m.queue[1].doorbell);
	give_back(0);
	ck_assert_uint_eq(turns(0), 1);
	ck_assert_uint_eq(turns(1), 0);
	signal_fd(m.queue[0].doorbell);
	virtio_worker_start(&m.worker, 1);
	await(m.served);
	give_back(1);
	ck_assert_uint_eq(turns(0), 1);
	ck_assert_uint_ge(turns(1), 1);
}
END_TEST

/* A kick that is found together with the request to give the queue back is not
 * served later, when another queue is. */
START_TEST(kicked_and_asked_for_at_once)
{
	virtio_worker_start(&m.worker, 1);
	await(m.served);
	for (unsigned i = 0; i < 300; i++) {
		unsigned before;

		virtio_worker_start(&m.worker, 0);
		await(m.served);
		signal_fd(m.queue[0].doorbell);
		give_back(0);
		/* The kick may have come first. */
		signalled(m.served);
		before = turns(0);
		signal_fd(m.queue[1].doorbell);
		await(m.served);
		ck_assert_uint_eq(turns(0), before);
		signalled(m.queue[0].doorbell);
	}
	give_back(1);
}
END_TEST

/* With more to do than a turn may take, it goes on by itself. */
START_TEST(goes_on)
{
	m.more = 50;
	virtio_worker_start(&m.worker, 0);
	for (unsigned i = 0; i < 51; i++)
		await(m.served);
	give_back(0);
	ck_assert_uint_eq(turns(0), 51);
	/* Nobody has kicked. */
	ck_assert_uint_eq(m.drains[0], 0);
}
END_TEST

/* Without room it does not go on, until told, and its kicks do not make it
 * turn for ever. */
START_TEST(waits_for_room)
{
	m.no_room = true;
	virtio_worker_start(&m.worker, 0);
	await(m.served);
	for (unsigned i = 0; i < 10; i++) {
		virtio_worker_again(&m.worker, 0);
		await(m.served);
	}
	/* Not ours: of no effect. */
	virtio_worker_again(&m.worker, 1);
	give_back(0);
	ck_assert_uint_eq(turns(0), 11);
	ck_assert_uint_eq(turns(1), 0);
}
END_TEST

/* A queue that somebody else owns is given back like any, and not served. */
START_TEST(lends_on)
{
	m.lends_on = true;
	virtio_worker_start(&m.worker, 1);
	signal_fd(m.queue[1].doorbell);
	virtio_worker_again(&m.worker, 1);
	virtio_worker_start(&m.worker, 0);
	await(m.served);
	give_back(1);
	ck_assert_uint_eq(m.let_go, 2);
	give_back(0);
	ck_assert_uint_eq(m.let_go, 3);
	ck_assert_uint_eq(turns(1), 0);
}
END_TEST

/* VIRTIO 2.4.1, 2.6.1.1: a queue of which something is still under way is given
 * back when that is done, once; it is not served meanwhile, and other queues
 * are */
START_TEST(gives_back_later)
{
	m.refusals = 3;
	virtio_worker_start(&m.worker, 0);
	await(m.served);
	virtio_worker_stop(&m.worker, 0);
	await(m.refused);
	signal_fd(m.queue[0].doorbell);
	virtio_worker_start(&m.worker, 1);
	await(m.refused);
	await(m.served);
	ck_assert(!signalled(m.stopped));
	virtio_worker_again(&m.worker, 0);
	await(m.refused);
	ck_assert(!signalled(m.stopped));
	virtio_worker_again(&m.worker, 0);
	await(m.stopped);
	ck_assert_uint_eq(m.let_go, 1);
	virtio_worker_again(&m.worker, 0);
	give_back(1);
	ck_assert_uint_eq(m.let_go, 3);
	ck_assert(!signalled(m.stopped));
	ck_assert_uint_eq(turns(0), 1);
}
END_TEST

/* Something is under way: that is to be seen from outside, and kicks are asked
 * for all the same. */
START_TEST(pending)
{
	m.pending = true;
	virtio_worker_start(&m.worker, 0);
	await(m.served);
	signal_fd(m.queue[0].doorbell);
	await(m.served);
	give_back(0);
	ck_assert(m.queue[0].waits);
	ck_assert(m.queue[0].vq.armed);
}
END_TEST

/* VIRTIO 2.6.1.1: a queue asked back before the thread has even looked is given
 * back */
START_TEST(lent_and_asked_back)
{
	for (unsigned i = 0; i < 2000; i++) {
		virtio_worker_start(&m.worker, i % QUEUES);
		give_back(i % QUEUES);
	}
}
END_TEST

/* Queue 0 is lent with @n buffers, of which each turn serves one and says that
 * this was all: what is there is found without a kick. */
static const struct vq_stats *serve_buffers(unsigned n)
{
	m.buffers = n;
	driver_mute(&m.d[0]);
	for (unsigned i = 0; i < n; i++)
		ck_assert(driver_lend_at(&m.d[0], 0x1000, 64, false, 1, i));
	driver_publish(&m.d[0]);
	virtio_worker_start(&m.worker, 0);
	for (unsigned i = 0; i < n; i++)
		await(m.served);
	give_back(0);
	ck_assert_uint_eq(m.buffers, 0);
	ck_assert_uint_eq(m.queue[0].vq.stats.kicks, 0);
	return &m.queue[0].vq.stats;
}

START_TEST(looks_for_more_before_it_sleeps)
{
	const struct vq_stats *stats = serve_buffers(4);

	ck_assert_uint_eq(stats->polls_paid, 3);
	ck_assert_uint_eq(stats->polls_vain, 1);
}
END_TEST

/* Then nobody can make more available meanwhile. */
static void set_up_one_cpu(void)
{
	m.cpus = 1;
	set_up();
}

START_TEST(does_not_look_with_one_processor)
{
	const struct vq_stats *stats = serve_buffers(4);

	ck_assert_uint_eq(stats->polls_paid + stats->polls_vain, 0);
}
END_TEST

/* Wake-ups without a buffer are no traffic. */
START_TEST(does_not_look_without_traffic)
{
	const struct vq_stats *stats = &m.queue[0].vq.stats;

	virtio_worker_start(&m.worker, 0);
	for (unsigned i = 0; i < 100; i++) {
		signal_fd(m.queue[0].doorbell);
		await(m.served);
	}
	give_back(0);
	ck_assert_uint_eq(stats->polls_paid + stats->polls_vain, 0);
}
END_TEST

/* How many of @turns it looks at the end of, always in vain or never. */
static unsigned looks(struct busy_poll *p, unsigned turns, bool paid)
{
	unsigned n = 0;

	while (turns--)
		if (busy_poll_try(p)) {
			busy_poll_learn(p, paid);
			n++;
		}
	return n;
}

START_TEST(busy_poll_is_lost_and_regained)
{
	struct busy_poll p = { 0 };

	/* In vain after 0, 1, 3, 7, ... 127, and from then on 255. */
	ck_assert_uint_eq(looks(&p, 1 + 2 + 4 + 8 + 16 + 32 + 64 + 128, false),
			  8);
	ck_assert_uint_eq(looks(&p, 10 * (PATIENCE_REST + 1), false), 10);
	/* Now it pays: after 255, 127, ... 1. */
	ck_assert_uint_eq(looks(&p, 256 + 128 + 64 + 32 + 16 + 8 + 4 + 2, true),
			  8);
	ck_assert_uint_eq(looks(&p, 100, true), 100);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		drains_first,
		serves_what_it_has,
		kicked_and_asked_for_at_once,
		goes_on,
		waits_for_room,
		lends_on,
		gives_back_later,
		pending,
		lent_and_asked_back,
		looks_for_more_before_it_sleeps,
		does_not_look_without_traffic,
		busy_poll_is_lost_and_regained,
		NULL,
	};
	const TTest *const one_cpu[] = { does_not_look_with_one_processor,
					 NULL };
	Suite *suite = suite_create("worker");

	unit_add(suite, tests, 1, set_up, tear_down);
	unit_add(suite, one_cpu, 1, set_up_one_cpu, tear_down);
	return unit_run(suite);
}
