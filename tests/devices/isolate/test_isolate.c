/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_isolate.c - a back end in a process of its own, and what it can do to us
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fence.h"
#include "base/util.h"
#include "devices/firewall/packet.h"
#include "devices/isolate/backend.h"
#include "devices/isolate/isolate.h"
#include "tests/unit.h"

enum {
	/* Generous: only a hang gets there. */
	PATIENCE_MS = 20000,
	QUEUE = 64,
	MTU = 1500,
};

/* ---- The back end, in its process: it sends each frame back. ---- */

struct echo {
	struct netdev dev;
	struct netdev_nic nic;
	uint64_t frames, starts, stops, unplugs, rooms;
	/* Frames that are refused before one is taken. */
	unsigned full;
	/* Sends nothing back. */
	bool mute;
};

static int echo_start(struct netdev *dev, const struct netdev_nic *nic,
		      unsigned mtu)
{
	struct echo *e = (struct echo *)(void *)dev;

	e->nic = *nic;
	count_add(&e->starts, 1);
	return mtu == MTU ? 0 : -EINVAL;
}

static void echo_stop(struct netdev *dev)
{
	count_add(&((struct echo *)(void *)dev)->stops, 1);
}

static void echo_unplug(struct netdev *dev)
{
	count_add(&((struct echo *)(void *)dev)->unplugs, 1);
}

static void *say_room(void *arg)
{
	struct echo *e = arg;

	e->nic.tx_room(e->nic.arg);
	return NULL;
}

static enum netdev_tx echo_tx(struct netdev *dev, const struct iovec *iov,
			      unsigned n, const struct netdev_offload *offload)
{
	struct echo *e = (struct echo *)(void *)dev;
	pthread_t thread;

	(void)n;
	(void)offload;
	if (e->full) {
		e->full--;
		pthread_create(&thread, NULL, say_room, e);
		pthread_detach(thread);
		return NETDEV_FULL;
	}
	if (e->mute)
		return NETDEV_SENT;
	if (!e->nic.rx(e->nic.arg, iov[0].iov_base, iov[0].iov_len))
		return NETDEV_FULL;
	count_add(&e->frames, 1);
	e->nic.rx_done(e->nic.arg);
	return NETDEV_SENT;
}

static void echo_free(struct netdev *dev)
{
	close(dev->wake_fd);
}

static const struct count_spec echo_specs[] = {
	{ "frames", "", offsetof(struct echo, frames), COUNT_SUM },
	{ "starts", "", offsetof(struct echo, starts), COUNT_SUM },
	{ "stops", "", offsetof(struct echo, stops), COUNT_SUM },
	{ "unplugs", "", offsetof(struct echo, unplugs), COUNT_SUM },
};

static const struct count_table echo_counters = { "echo", echo_specs,
						  ARRAY_SIZE(echo_specs) };

static const struct netdev_ops echo_ops = {
	.start = echo_start,
	.stop = echo_stop,
	.unplug = echo_unplug,
	.tx = echo_tx,
	.counters = &echo_counters,
	.free = echo_free,
};

static int open_echo(void *arg, struct netdev **dev, void *object,
		     struct backend *backend)
{
	struct echo *e = object;

	(void)backend;
	e->dev.ops = &echo_ops;
	/* Not an eventfd, but nobody reads it. */
	e->dev.wake_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	e->full = arg ? *(const unsigned *)arg : 0;
	*dev = &e->dev;
	return 0;
}

/* ---- The card. ---- */

struct card {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct netdev *dev;
	const struct echo *echo;
	unsigned room, came, tx_rooms, lost, answers, refused;
	unsigned answered;
	size_t len;
	uint8_t frame[ETHER_MAX];
};

static void touch(struct card *c)
{
	pthread_cond_broadcast(&c->more);
	pthread_mutex_unlock(&c->lock);
}

static bool card_rx(void *arg, const void *frame, size_t len)
{
	struct card *c = arg;
	bool room;

	pthread_mutex_lock(&c->lock);
	room = c->came < c->room;
	if (room) {
		c->came++;
		c->len = len;
		memcpy(c->frame, frame, len);
	} else {
		c->refused++;
	}
	touch(c);
	return room;
}

static void card_rx_done(void *arg)
{
	(void)arg;
}

static void card_tx_room(void *arg)
{
	struct card *c = arg;

	pthread_mutex_lock(&c->lock);
	c->tx_rooms++;
	touch(c);
}

static void card_lost(void *arg)
{
	struct card *c = arg;

	pthread_mutex_lock(&c->lock);
	c->lost++;
	touch(c);
}

static void card_answered(void *arg, size_t index)
{
	struct card *c = arg;

	pthread_mutex_lock(&c->lock);
	c->answers++;
	c->answered = (unsigned)index;
	touch(c);
}

/* Wait until *@value, under the lock, is at least @n. */
static void await(struct card *c, const unsigned *value, unsigned n)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	pthread_mutex_lock(&c->lock);
	while (*value < n && rc == 0)
		rc = pthread_cond_timedwait(&c->more, &c->lock, &until);
	pthread_mutex_unlock(&c->lock);
	ck_assert_int_eq(rc, 0);
}

static unsigned get(struct card *c, const unsigned *value)
{
	unsigned v;

	pthread_mutex_lock(&c->lock);
	v = *value;
	pthread_mutex_unlock(&c->lock);
	return v;
}

/* Of the last frame. */
static size_t last_len(struct card *c)
{
	size_t len;

	pthread_mutex_lock(&c->lock);
	len = c->len;
	pthread_mutex_unlock(&c->lock);
	return len;
}

static uint8_t last_byte(struct card *c)
{
	uint8_t byte;

	pthread_mutex_lock(&c->lock);
	byte = c->frame[c->len - 1];
	pthread_mutex_unlock(&c->lock);
	return byte;
}

static void set_room(struct card *c, unsigned room)
{
	pthread_mutex_lock(&c->lock);
	c->room = room;
	pthread_mutex_unlock(&c->lock);
}

static void open_with(struct card *c,
		      int (*open)(void *arg, struct netdev **dev, void *object,
				  struct backend *backend),
		      void *arg)
{
	const struct isolate_plan plan = {
		.open = open,
		.arg = arg,
		.counters = &echo_counters,
		.object_size = sizeof(struct echo),
	};

	*c = (struct card){ .room = QUEUE };
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->more, NULL);
	ck_assert_int_eq(isolate_open(&c->dev, &plan), 0);
	c->echo = c->dev->object;
	ck_assert_int_eq(isolate_await(c->dev, 3, card_answered, c), 0);
}

static void run(struct card *c)
{
	ck_assert_int_eq(isolate_fork(c->dev, NULL, 0), 0);
	ck_assert_int_eq(isolate_start(c->dev), 0);
}

static void start(struct card *c)
{
	const struct netdev_nic nic = { .rx = card_rx,
					.rx_done = card_rx_done,
					.tx_room = card_tx_room,
					.lost = card_lost,
					.arg = c };

	ck_assert_int_eq(netdev_start(c->dev, &nic, MTU), 0);
}

static void open_card(struct card *c)
{
	open_with(c, open_echo, NULL);
	run(c);
	start(c);
}

static void close_card(struct card *c)
{
	netdev_free(c->dev);
	pthread_cond_destroy(&c->more);
	pthread_mutex_destroy(&c->lock);
}

static enum netdev_tx send_frame(struct card *c, size_t len, uint8_t value)
{
	static uint8_t frame[ETHER_MAX + 1];
	const struct netdev_offload none = { .checksum = false };
	const struct iovec iov[] = { { frame, len / 3 },
				     { frame, len - len / 3 } };
	enum netdev_tx sent;

	memset(frame, value, len);
	sent = netdev_tx(c->dev, iov, 2, &none);
	netdev_tx_done(c->dev);
	return sent;
}

/* After its death the network takes all frames, whatever else happens. */
static void check_dead(struct card *c)
{
	ck_assert(netdev_is_dead(c->dev));
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(send_frame(c, 1514, 1), NETDEV_SENT);
	netdev_stop(c->dev);
	start(c);
	ck_assert_int_eq(send_frame(c, 1514, 1), NETDEV_SENT);
	netdev_unplug(c->dev);
	ck_assert_uint_le(get(c, &c->lost), 1);
	close_card(c);
}

START_TEST(frames_go_there_and_back)
{
	static const size_t sizes[] = { 14, 60, 1000, ETHER_HEADER + MTU };
	struct card c;

	open_card(&c);
	for (unsigned i = 0; i < QUEUE; i++) {
		size_t len = sizes[i % ARRAY_SIZE(sizes)];

		ck_assert_int_eq(send_frame(&c, len, (uint8_t)i), NETDEV_SENT);
		await(&c, &c.came, i + 1);
		ck_assert_uint_eq(last_len(&c), len);
		ck_assert_uint_eq(last_byte(&c), (uint8_t)i);
	}
	ck_assert_int_eq(send_frame(&c, 13, 0), NETDEV_BAD);
	ck_assert_int_eq(send_frame(&c, ETHER_MAX + 1, 0), NETDEV_BAD);
	/* The counters are that process's own. */
	ck_assert_uint_eq(count_get(&c.echo->frames), QUEUE);
	close_card(&c);
}
END_TEST

START_TEST(a_driver_that_comes_again_gets_no_old_frames)
{
	struct card c;

	open_card(&c);
	set_room(&c, 0);
	for (unsigned i = 0; i < 8; i++)
		send_frame(&c, 100, 1);
	await(&c, &c.refused, 1);
	netdev_stop(c.dev);
	set_room(&c, QUEUE);
	start(&c);
	send_frame(&c, 200, 2);
	await(&c, &c.came, 1);
	ck_assert_uint_eq(last_len(&c), 200);
	ck_assert_uint_eq(get(&c, &c.came), 1);
	netdev_unplug(c.dev);
	start(&c);
	send_frame(&c, 300, 3);
	await(&c, &c.came, 2);
	ck_assert_uint_eq(count_get(&c.echo->starts), 3);
	ck_assert_uint_eq(count_get(&c.echo->unplugs), 1);
	close_card(&c);
}
END_TEST

/* The guest's room is told by an eventfd; a frame that never fits is dropped
 * after a second. */
START_TEST(frames_wait_for_the_guests_room)
{
	unsigned refused;
	struct card c;

	open_card(&c);
	set_room(&c, 1);
	for (unsigned i = 0; i < 3; i++)
		send_frame(&c, 100 + i, 1);
	await(&c, &c.refused, 1);
	set_room(&c, QUEUE);
	netdev_rx_room(c.dev);
	await(&c, &c.came, 3);
	set_room(&c, 3);
	refused = get(&c, &c.refused);
	send_frame(&c, 500, 1);
	await(&c, &c.refused, refused + 2);
	set_room(&c, QUEUE);
	send_frame(&c, 600, 1);
	await(&c, &c.came, 4);
	ck_assert_uint_eq(last_len(&c), 600);
	close_card(&c);
}
END_TEST

/* The back end has no room twice, and says so on a thread of its own. */
START_TEST(a_back_end_without_room_is_asked_again)
{
	unsigned full = 2;
	struct card c;

	open_with(&c, open_echo, &full);
	run(&c);
	start(&c);
	send_frame(&c, 100, 1);
	await(&c, &c.came, 1);
	close_card(&c);
}
END_TEST

/* While nothing is taken the ring gets full; it has room when it is. */
START_TEST(a_full_ring_is_told_of_once_there_is_room)
{
	enum netdev_tx sent = NETDEV_SENT;
	unsigned n = 0;
	struct card c;

	open_card(&c);
	set_room(&c, 0);
	/* Into both rings, as the echo has no room either. */
	for (; n < 100000 && sent == NETDEV_SENT; n++)
		sent = send_frame(&c, ETHER_HEADER + MTU, 1);
	ck_assert_int_eq(sent, NETDEV_FULL);
	set_room(&c, UINT32_MAX);
	netdev_rx_room(c.dev);
	await(&c, &c.tx_rooms, 1);
	ck_assert_int_eq(send_frame(&c, 60, 2), NETDEV_SENT);
	close_card(&c);
}
END_TEST

enum { SOURCED = 2000 };

/* A back end's own thread: frames, each of which waits for room if need be. */
static void *send_many(void *arg)
{
	static const uint8_t frame[1000];
	struct echo *e = arg;
	uint64_t count;

	for (unsigned i = 0; i < SOURCED; i++) {
		while (!e->nic.rx(e->nic.arg, frame, sizeof(frame))) {
			e->nic.rx_done(e->nic.arg);
			if (read(e->dev.wake_fd, &count, sizeof(count)) < 0)
				return NULL;
		}
		if (i % 16 == 0)
			e->nic.rx_done(e->nic.arg);
	}
	e->nic.rx_done(e->nic.arg);
	return arg;
}

static int source_start(struct netdev *dev, const struct netdev_nic *nic,
			unsigned mtu)
{
	pthread_t thread;

	(void)mtu;
	((struct echo *)(void *)dev)->nic = *nic;
	return -pthread_create(&thread, NULL, send_many, dev);
}

static int open_source(void *arg, struct netdev **dev, void *object,
		       struct backend *backend)
{
	static const struct netdev_ops ops = { .start = source_start,
					       .stop = echo_stop,
					       .tx = echo_tx,
					       .free = echo_free };
	struct echo *e = object;
	int err = open_echo(arg, dev, object, backend);

	close(e->dev.wake_fd);
	e->dev.wake_fd = eventfd(0, EFD_CLOEXEC);
	e->dev.ops = &ops;
	return err;
}

/* Much more than the ring has room for, while the guest takes nothing at
 * first. */
START_TEST(a_back_end_is_told_of_room_for_what_was_refused)
{
	struct card c;

	open_with(&c, open_source, NULL);
	set_room(&c, 0);
	run(&c);
	start(&c);
	await(&c, &c.refused, 1);
	usleep(100000);
	set_room(&c, UINT32_MAX);
	netdev_rx_room(c.dev);
	await(&c, &c.came, SOURCED);
	ck_assert_uint_eq(get(&c, &c.came), SOURCED);
	close_card(&c);
}
END_TEST

/* ---- Deaths. ---- */

START_TEST(a_process_that_is_killed_is_a_dead_network)
{
	static const int signals[] = { SIGKILL, SIGSEGV, SIGSTOP };
	struct card c;

	open_card(&c);
	send_frame(&c, 100, 1);
	await(&c, &c.came, 1);
	kill(isolate_pid(c.dev), signals[_i]);
	await(&c, &c.lost, 1);
	check_dead(&c);
}
END_TEST

/* Whoever was stopped with it goes on with it. */
START_TEST(a_process_that_was_stopped_for_a_moment_lives)
{
	struct card c;

	open_card(&c);
	kill(isolate_pid(c.dev), SIGSTOP);
	usleep(50000);
	kill(isolate_pid(c.dev), SIGCONT);
	sleep(2);
	send_frame(&c, 100, 1);
	await(&c, &c.came, 1);
	ck_assert(!netdev_is_dead(c.dev));
	close_card(&c);
}
END_TEST

static int fail_to_open(void *arg, struct netdev **dev, void *object,
			struct backend *backend)
{
	(void)arg;
	(void)dev;
	(void)object;
	(void)backend;
	return -EADDRINUSE;
}

static int die(void *arg, struct netdev **dev, void *object,
	       struct backend *backend)
{
	raise(SIGKILL);
	return open_echo(arg, dev, object, backend);
}

START_TEST(a_back_end_that_can_not_be_opened_is_an_error)
{
	struct card c;

	open_with(&c, fail_to_open, NULL);
	ck_assert_int_eq(isolate_fork(c.dev, NULL, 0), -EADDRINUSE);
	close_card(&c);
	open_with(&c, die, NULL);
	ck_assert_int_eq(isolate_fork(c.dev, NULL, 0), -ECHILD);
	close_card(&c);
	/* It was never started. */
	open_with(&c, die, NULL);
	close_card(&c);
}
END_TEST

/* What the process has open, as a bit each. */
static int list_descriptors(void *arg, struct netdev **dev, void *object,
			    struct backend *backend)
{
	struct echo *e = object;
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] != '.' && fd != dirfd(dir))
			e->rooms |= UINT64_C(1) << fd;
	}
	closedir(dir);
	e->rooms &= ~(UINT64_C(1) << backend->event_fd);
	return open_echo(arg, dev, object, backend);
}

START_TEST(it_has_no_descriptor_that_it_was_not_given)
{
	int keep[2] = { 40, 33 };
	struct card c;

	dup2(STDERR_FILENO, 33);
	dup2(STDERR_FILENO, 34);
	dup2(STDERR_FILENO, 40);
	open_with(&c, list_descriptors, NULL);
	ck_assert_int_eq(isolate_fork(c.dev, keep, 2), 0);
	ck_assert_uint_eq(c.echo->rooms,
			  7 | UINT64_C(1) << 33 | UINT64_C(1) << 40);
	close_card(&c);
}
END_TEST

/* ---- A process that was taken over. ---- */

static void put_head(struct link *link, struct shared_head head, uint32_t size)
{
	memcpy(link->to_guest.data, &head, sizeof(head));
	link->to_guest.put = size;
}

/* Nothing but its length is wrong. */
static void too_long(struct link *link)
{
	const struct shared_head head = { LINK_FRAME, ETHER_HEADER + MTU + 1, 0,
					  1 };

	put_head(link, head,
		 ALIGN_UP(sizeof(head) + head.len, (uint32_t)sizeof(head)));
}

static void too_short(struct link *link)
{
	put_head(link, (struct shared_head){ LINK_FRAME, 13, 0, 1 }, 32);
}

static void not_there(struct link *link)
{
	put_head(link, (struct shared_head){ LINK_FRAME, 100, 0, 1 }, 32);
}

static void unknown(struct link *link)
{
	put_head(link, (struct shared_head){ 77, 0, 0, 1 }, 16);
}

static void ours(struct link *link)
{
	put_head(link, (struct shared_head){ LINK_START, 0, MTU, 1 }, 16);
}

static void far_position(struct link *link)
{
	link->to_guest.put = UINT32_MAX / 2;
}

static void far_taken(struct link *link)
{
	link->to_network.taken = 1 << 20;
}

static void (*const nonsense[])(struct link *) = {
	too_long, too_short, not_there, unknown, ours, far_position, far_taken,
};

/* Waits for the start, writes nonsense, and stays. */
static void *write_nonsense(void *arg)
{
	const struct backend *b = arg;
	const struct echo *e = (const void *)b->link->object;
	const uint64_t one = 1;

	while (!count_get(&e->starts))
		usleep(1000);
	nonsense[e->rooms](b->link);
	full_fence();
	if (write(b->event_fd, &one, sizeof(one)) < 0)
		return NULL;
	return arg;
}

static int open_evil(void *arg, struct netdev **dev, void *object,
		     struct backend *backend)
{
	struct echo *e = object;
	pthread_t thread;
	int err = open_echo(NULL, dev, object, backend);

	e->rooms = *(const uint64_t *)arg;
	e->mute = true;
	pthread_create(&thread, NULL, write_nonsense, backend);
	return err;
}

START_TEST(nonsense_is_a_dead_network)
{
	uint64_t which = (unsigned)_i;
	struct card c;

	open_with(&c, open_evil, &which);
	run(&c);
	start(&c);
	/* The taker's position is only looked at to send. */
	for (unsigned i = 0; i < PATIENCE_MS && !netdev_is_dead(c.dev); i++) {
		send_frame(&c, 100, 1);
		usleep(1000);
	}
	await(&c, &c.lost, 1);
	check_dead(&c);
}
END_TEST

/* What is harmless: answers of ports that nobody asked, and old frames. */
static int open_odd(void *arg, struct netdev **dev, void *object,
		    struct backend *backend)
{
	static const uint32_t index[] = { 3, UINT32_MAX, 1U << 31, 2 };
	struct shared_head old = { LINK_FRAME, 60, 0, 99 };
	int err = open_echo(arg, dev, object, backend);

	for (unsigned i = 0; i < ARRAY_SIZE(index); i++)
		backend_answered(backend, index[i]);
	shared_ring_put(&backend->to_guest, 60, false);
	shared_ring_put_end(&backend->to_guest, old);
	return err;
}

START_TEST(answers_are_counted_only_for_what_was_asked)
{
	struct card c;

	open_with(&c, open_odd, NULL);
	run(&c);
	start(&c);
	await(&c, &c.answers, 1);
	ck_assert_uint_eq(get(&c, &c.answered), 2);
	send_frame(&c, 100, 1);
	await(&c, &c.came, 1);
	ck_assert_uint_eq(last_len(&c), 100);
	ck_assert_uint_eq(get(&c, &c.answers), 1);
	close_card(&c);
}
END_TEST

/* The eventfd's calls wait from here on, and it is full, or is emptied again
 * and again. */
static void *use_eventfd(void *arg)
{
	const struct backend *b = arg;
	const struct echo *e = (const void *)b->link->object;
	uint64_t most = UINT64_MAX - 1;

	while (!count_get(&e->starts))
		usleep(1000);
	fcntl(b->event_fd, F_SETFL, 0);
	b->link->doorbell = UINT32_MAX;
	while ((e->rooms ? write(b->event_fd, &most, sizeof(most)) :
			   read(b->event_fd, &most, sizeof(most))) > 0)
		most = UINT64_MAX - 1;
	return arg;
}

static int open_waiting(void *arg, struct netdev **dev, void *object,
			struct backend *backend)
{
	struct echo *e = object;
	pthread_t thread;
	int err = open_echo(NULL, dev, object, backend);

	e->rooms = *(const uint64_t *)arg;
	pthread_create(&thread, NULL, use_eventfd, backend);
	return err;
}

START_TEST(nothing_waits_for_the_other_process)
{
	uint64_t full = (unsigned)_i;
	struct card c;

	open_with(&c, open_waiting, &full);
	run(&c);
	start(&c);
	for (unsigned i = 0; i < QUEUE; i++) {
		send_frame(&c, 100, 1);
		usleep(1000);
	}
	netdev_stop(c.dev);
	start(&c);
	netdev_unplug(c.dev);
	close_card(&c);
}
END_TEST

/* Its process is stopped while this one ends. */
START_TEST(the_end_does_not_wait_for_a_process_that_is_stopped)
{
	struct card c;
	pid_t pid;

	open_card(&c);
	pid = isolate_pid(c.dev);
	kill(pid, SIGSTOP);
	close_card(&c);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* Drivers that come and go while it is stopped find room for that for long, and
 * then a dead network. */
START_TEST(drivers_without_end_use_up_nothing)
{
	struct card c;

	open_card(&c);
	kill(isolate_pid(c.dev), SIGSTOP);
	for (unsigned i = 0; i < 100000; i++) {
		netdev_stop(c.dev);
		start(&c);
	}
	check_dead(&c);
}
END_TEST

static Suite *suite(void)
{
	const TTest *const tests[] = {
		frames_go_there_and_back,
		a_driver_that_comes_again_gets_no_old_frames,
		frames_wait_for_the_guests_room,
		a_back_end_without_room_is_asked_again,
		a_full_ring_is_told_of_once_there_is_room,
		a_back_end_is_told_of_room_for_what_was_refused,
		a_process_that_was_stopped_for_a_moment_lives,
		a_back_end_that_can_not_be_opened_is_an_error,
		it_has_no_descriptor_that_it_was_not_given,
		answers_are_counted_only_for_what_was_asked,
		the_end_does_not_wait_for_a_process_that_is_stopped,
		drivers_without_end_use_up_nothing,
		NULL,
	};
	const TTest *const killed[] = {
		a_process_that_is_killed_is_a_dead_network, NULL
	};
	const TTest *const nonsenses[] = { nonsense_is_a_dead_network, NULL };
	const TTest *const waits[] = { nothing_waits_for_the_other_process,
				       NULL };
	Suite *s = unit_suite("isolate", tests);

	unit_add(s, killed, 3, NULL, NULL);
	unit_add(s, nonsenses, ARRAY_SIZE(nonsense), NULL, NULL);
	unit_add(s, waits, 2, NULL, NULL);
	return s;
}

int main(void)
{
	return unit_run(suite());
}
