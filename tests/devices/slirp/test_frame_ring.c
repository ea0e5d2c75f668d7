/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "devices/firewall/packet.h"
#include "devices/slirp/deliver.h"
#include "devices/slirp/fd_bits.h"
#include "devices/slirp/frame_ring.h"
#include "tests/unit.h"

enum { SIZE = 1 << 19 };

static bool put(struct frame_ring *ring, size_t len, uint8_t value)
{
	uint8_t *frame = frame_ring_put(ring, len);

	if (!frame)
		return false;
	memset(frame, value, len);
	frame_ring_put_end(ring, (struct frame_head){ .len = (uint32_t)len });
	return true;
}

static void check(struct frame_ring *ring, size_t len, uint8_t value)
{
	struct frame_head head;
	uint8_t *frame = frame_ring_take(ring, &head);
	static uint8_t expected[ETHER_MAX];

	ck_assert_ptr_nonnull(frame);
	ck_assert_uint_eq(head.len, len);
	memset(expected, value, len);
	ck_assert_mem_eq(frame, expected, len);
}

START_TEST(frames_come_out_in_order_whatever_their_size)
{
	static const size_t sizes[] = { 14, 60, 1514, ETHER_MAX, 61, 9000 };
	struct frame_ring ring;
	struct frame_head head;

	ck_assert_int_eq(frame_ring_init(&ring, SIZE), 0);
	/* Many times around. */
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned k = 0; k < ARRAY_SIZE(sizes); k++)
			ck_assert(put(&ring, sizes[k], (uint8_t)(i + k)));
		for (unsigned k = 0; k < ARRAY_SIZE(sizes); k++) {
			check(&ring, sizes[k], (uint8_t)(i + k));
			frame_ring_take_end(&ring);
		}
		ck_assert_ptr_null(frame_ring_take(&ring, &head));
	}
	frame_ring_free(&ring);
}
END_TEST

START_TEST(a_full_ring_refuses_and_says_when_there_is_room)
{
	struct frame_ring ring;
	unsigned n = 0, taken = 0;

	ck_assert_int_eq(frame_ring_init(&ring, SIZE), 0);
	while (put(&ring, ETHER_MAX, (uint8_t)n))
		n++;
	ck_assert_uint_ge(n, 6);
	ck_assert(!put(&ring, ETHER_MAX, 0));
	/* Not at once, but once, and while there are still frames. */
	while (1) {
		bool told;

		check(&ring, ETHER_MAX, (uint8_t)taken++);
		told = frame_ring_take_end(&ring);
		ck_assert_uint_lt(taken, n);
		if (told)
			break;
	}
	ck_assert_uint_gt(taken, 1);
	ck_assert(put(&ring, ETHER_MAX, 0));
	check(&ring, ETHER_MAX, (uint8_t)taken);
	ck_assert(!frame_ring_take_end(&ring));
	frame_ring_free(&ring);
}
END_TEST

START_TEST(a_sleeping_taker_is_to_be_woken_once)
{
	struct frame_ring ring;
	struct frame_head head = { .len = 60 };

	ck_assert_int_eq(frame_ring_init(&ring, SIZE), 0);
	ck_assert(frame_ring_sleep(&ring));
	ck_assert_ptr_nonnull(frame_ring_put(&ring, 60));
	ck_assert(frame_ring_put_end(&ring, head));
	ck_assert_ptr_nonnull(frame_ring_put(&ring, 60));
	ck_assert(!frame_ring_put_end(&ring, head));
	ck_assert(!frame_ring_sleep(&ring));
	ck_assert_ptr_nonnull(frame_ring_put(&ring, 60));
	ck_assert(!frame_ring_put_end(&ring, head));
	frame_ring_free(&ring);
}
END_TEST

struct shared {
	struct frame_ring ring;
	int wake, room;
	uint64_t total;
};

static void add_one(int fd)
{
	uint64_t one = 1;

	ck_assert_int_eq(write(fd, &one, sizeof(one)), 8);
}

static void wait_for(int fd)
{
	uint64_t n;

	ck_assert_int_eq(read(fd, &n, sizeof(n)), 8);
}

/* Of changing size, each with its number; waits only when told to. */
static void *putter(void *arg)
{
	struct shared *s = arg;

	for (uint64_t i = 0; i < s->total; i++) {
		size_t len = 60 + (size_t)(i * 7919 % 20000);
		uint8_t *frame;

		while (!(frame = frame_ring_put(&s->ring, len)))
			wait_for(s->room);
		memcpy(frame, &i, sizeof(i));
		memcpy(frame + len - sizeof(i), &i, sizeof(i));
		if (frame_ring_put_end(&s->ring,
				       (struct frame_head){ (uint32_t)len, 0 }))
			add_one(s->wake);
		if (i % 1000 == 999)
			sched_yield();
	}
	return NULL;
}

/* No wake-up is lost: the test would never end. */
START_TEST(two_threads_pass_frames_and_none_is_lost)
{
	struct shared s = { .wake = eventfd(0, 0),
			    .room = eventfd(0, 0),
			    .total = 100000 };
	struct frame_head head;
	pthread_t thread;
	uint64_t seen, end;

	ck_assert_int_eq(frame_ring_init(&s.ring, SIZE), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, putter, &s), 0);
	for (uint64_t i = 0; i < s.total; i++) {
		uint8_t *frame;

		while (!(frame = frame_ring_take(&s.ring, &head))) {
			if (frame_ring_sleep(&s.ring))
				wait_for(s.wake);
			frame_ring_wake(&s.ring);
		}
		memcpy(&seen, frame, sizeof(seen));
		memcpy(&end, frame + head.len - sizeof(end), sizeof(end));
		ck_assert_uint_eq(seen, i);
		ck_assert_uint_eq(end, i);
		if (frame_ring_take_end(&s.ring))
			add_one(s.room);
	}
	pthread_join(thread, NULL);
	frame_ring_free(&s.ring);
	close(s.wake);
	close(s.room);
}
END_TEST

START_TEST(a_backlog_is_in_order_and_bounded)
{
	struct backlog backlog = { .first = NULL };
	static uint8_t frame[60000];
	const uint8_t *first;
	unsigned n = 0;
	size_t len;

	ck_assert_ptr_null(backlog_first(&backlog, &len));
	do
		memset(frame, (int)n, sizeof(frame));
	while (backlog_add(&backlog, frame, sizeof(frame)) && ++n);
	ck_assert(backlog_is_high(&backlog));
	ck_assert_uint_eq(backlog.refused, 1);
	ck_assert_uint_le(backlog.peak, BACKLOG_MAX);
	ck_assert_uint_gt(backlog.peak, BACKLOG_MAX - 70000);
	for (unsigned i = 0; i < n; i++) {
		first = backlog_first(&backlog, &len);
		ck_assert_uint_eq(len, sizeof(frame));
		ck_assert_uint_eq(first[len - 1], (uint8_t)i);
		backlog_remove(&backlog);
	}
	ck_assert_uint_eq(backlog.bytes, 0);
	ck_assert(backlog_add(&backlog, frame, 60));
	ck_assert(!backlog_is_high(&backlog));
	backlog_clear(&backlog);
	ck_assert_ptr_null(backlog_first(&backlog, &len));
}
END_TEST

START_TEST(descriptors_are_counted_once)
{
	struct fd_bits bits = { .words = NULL };

	ck_assert(!fd_bits_has(&bits, 3));
	fd_bits_remove(&bits, 3);
	fd_bits_remove(&bits, -1);
	ck_assert(fd_bits_add(&bits, 3));
	ck_assert(fd_bits_add(&bits, 3));
	ck_assert(fd_bits_add(&bits, 1000));
	ck_assert(fd_bits_add(&bits, -1));
	ck_assert_uint_eq(bits.count, 2);
	ck_assert(fd_bits_has(&bits, 3) && fd_bits_has(&bits, 1000));
	ck_assert(!fd_bits_has(&bits, 67) && !fd_bits_has(&bits, 5000));
	fd_bits_remove(&bits, 3);
	fd_bits_remove(&bits, 3);
	ck_assert_uint_eq(bits.count, 1);
	fd_bits_clear(&bits);
	ck_assert(!fd_bits_has(&bits, 1000) && bits.count == 0);
	fd_bits_free(&bits);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		frames_come_out_in_order_whatever_their_size,
		a_full_ring_refuses_and_says_when_there_is_room,
		a_sleeping_taker_is_to_be_woken_once,
		two_threads_pass_frames_and_none_is_lost,
		a_backlog_is_in_order_and_bounded,
		descriptors_are_counted_once,
		NULL,
	};

	return unit_run(unit_suite("frame_ring", tests));
}
