/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "devices/isolate/shared_ring.h"
#include "tests/unit.h"

enum { FRAME = 1, HEAD = sizeof(struct shared_head) };

struct pair {
	struct shared_ring *ring;
	struct ring_putter putter;
	struct ring_taker taker;
};

static void open_pair(struct pair *p)
{
	*p = (struct pair){ .ring = aligned_alloc(64, sizeof(*p->ring)) };
	ck_assert_ptr_nonnull(p->ring);
	memset(p->ring, 0, sizeof(*p->ring));
	p->putter.ring = p->taker.ring = p->ring;
}

static void close_pair(struct pair *p)
{
	free(p->ring);
}

/* As if all before @position had come and gone. */
static void begin_at(struct pair *p, uint32_t position)
{
	p->putter.put = p->putter.taken = p->taker.taken = position;
	p->ring->put = p->ring->taken = position;
}

static bool put(struct pair *p, size_t len, uint8_t value)
{
	uint8_t *data = shared_ring_put(&p->putter, len, false);

	if (!data)
		return false;
	memset(data, value, len);
	shared_ring_put_end(&p->putter,
			    (struct shared_head){ .type = FRAME,
						  .len = (uint32_t)len,
						  .arg = value,
						  .epoch = 7 });
	return true;
}

static void take(struct pair *p, size_t len, uint8_t value)
{
	static uint8_t expected[SHARED_RECORD_MAX];
	struct shared_head head;
	const uint8_t *data;

	ck_assert_int_eq(shared_ring_take(&p->taker, &head, &data), 1);
	ck_assert_uint_eq(head.type, FRAME);
	ck_assert_uint_eq(head.len, len);
	ck_assert_uint_eq(head.arg, value);
	ck_assert_uint_eq(head.epoch, 7);
	memset(expected, value, len);
	ck_assert_mem_eq(data, expected, len);
}

static int take_any(struct pair *p)
{
	struct shared_head head;
	const uint8_t *data;

	return shared_ring_take(&p->taker, &head, &data);
}

START_TEST(records_come_out_in_order_whatever_their_size)
{
	static const size_t sizes[] = { 0,  14,	  60, 1514, SHARED_RECORD_MAX,
					61, 9000, 16, 15 };
	struct pair p;

	open_pair(&p);
	/* The positions wrap, too. */
	begin_at(&p, 0U - 3 * SHARED_RING_SIZE);
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned k = 0; k < ARRAY_SIZE(sizes); k++)
			ck_assert(put(&p, sizes[k], (uint8_t)(i + k)));
		for (unsigned k = 0; k < ARRAY_SIZE(sizes); k++) {
			take(&p, sizes[k], (uint8_t)(i + k));
			/* One that is not taken stays. */
			take(&p, sizes[k], (uint8_t)(i + k));
			shared_ring_take_end(&p.taker);
		}
		ck_assert_int_eq(take_any(&p), 0);
		ck_assert(shared_ring_sleep(&p.taker));
		shared_ring_wake(&p.taker);
	}
	close_pair(&p);
}
END_TEST

START_TEST(a_full_ring_refuses_says_when_there_is_room_and_keeps_some)
{
	const struct shared_head word = { .type = 2 };
	struct pair p;
	unsigned n = 0, taken = 0, words = 0;
	bool told = false;

	open_pair(&p);
	while (put(&p, SHARED_RECORD_MAX, (uint8_t)n))
		n++;
	ck_assert_uint_ge(n, 5);
	/* Not for frames, but for what is urgent. */
	while (put(&p, 0, 0))
		words++;
	for (unsigned i = 0; i < SHARED_RING_RESERVE / HEAD; i++) {
		ck_assert_ptr_nonnull(shared_ring_put(&p.putter, 0, true));
		shared_ring_put_end(&p.putter, word);
	}
	ck_assert_ptr_null(shared_ring_put(&p.putter, 0, true));
	ck_assert(!p.putter.broken);
	while (!told) {
		take(&p, SHARED_RECORD_MAX, (uint8_t)taken++);
		told = shared_ring_take_end(&p.taker);
		ck_assert_uint_lt(taken, n);
	}
	ck_assert_uint_gt(taken, 1);
	ck_assert(put(&p, SHARED_RECORD_MAX, 0));
	/* It was told once. */
	take(&p, SHARED_RECORD_MAX, (uint8_t)taken);
	ck_assert(!shared_ring_take_end(&p.taker));
	close_pair(&p);
}
END_TEST

START_TEST(who_sleeps_is_woken_once)
{
	struct pair p;

	open_pair(&p);
	ck_assert(shared_ring_sleep(&p.taker));
	ck_assert_ptr_nonnull(shared_ring_put(&p.putter, 1, false));
	ck_assert(shared_ring_put_end(&p.putter,
				      (struct shared_head){ FRAME, 1, 0, 0 }));
	ck_assert_ptr_nonnull(shared_ring_put(&p.putter, 1, false));
	ck_assert(!shared_ring_put_end(&p.putter,
				       (struct shared_head){ FRAME, 1, 0, 0 }));
	/* There are records, so it must not. */
	ck_assert(!shared_ring_sleep(&p.taker));
	ck_assert_uint_eq(p.ring->taker_sleeps, 0);
	close_pair(&p);
}
END_TEST

/* ---- A putter that writes nonsense. ---- */

START_TEST(a_position_beyond_the_ring_is_nonsense)
{
	static const uint32_t ahead[] = {
		1,	  15,	     17,     SHARED_RING_SIZE + HEAD,
		1U << 31, 0U - HEAD, 0U - 1, SHARED_RING_SIZE + 1,
	};
	struct pair p;

	open_pair(&p);
	begin_at(&p, 5 * HEAD);
	/* A record without data, which is good by itself. */
	*(struct shared_head *)(void *)(p.ring->data + 5 * HEAD) =
		(struct shared_head){ .type = FRAME };
	for (unsigned i = 0; i < ARRAY_SIZE(ahead); i++) {
		p.ring->put = p.taker.taken + ahead[i];
		ck_assert_int_eq(take_any(&p), -EPROTO);
	}
	close_pair(&p);
}
END_TEST

/* Every length there is, with so much behind it in the ring. */
START_TEST(a_length_beyond_what_was_put_is_nonsense)
{
	static const uint32_t there[] = { HEAD, 2 * HEAD, 1024,
					  SHARED_RING_SIZE };
	static const uint32_t at[] = { 0, 4096, SHARED_RING_SIZE - HEAD,
				       SHARED_RING_SIZE - 1024 };
	struct shared_head *head;
	struct pair p;

	open_pair(&p);
	for (unsigned i = 0; i < ARRAY_SIZE(at) * ARRAY_SIZE(there); i++) {
		uint32_t begin = at[i / ARRAY_SIZE(there)];
		uint32_t n = there[i % ARRAY_SIZE(there)];
		uint32_t room = MIN(n, SHARED_RING_SIZE - begin);

		begin_at(&p, begin);
		p.ring->put = begin + n;
		head = (struct shared_head *)(void *)(p.ring->data + begin);
		for (uint32_t len = 0; len < 70000; len += UNIT_STRIDE) {
			bool fits = len <= SHARED_RECORD_MAX &&
				    ALIGN_UP(HEAD + len, HEAD) <= room;

			*head = (struct shared_head){ .type = FRAME,
						      .len = len };
			/* A check that holds costs a write. */
			if (take_any(&p) != (fits ? 1 : -EPROTO))
				ck_abort_msg("length %u", len);
		}
		for (unsigned bit = 17; bit < 32; bit++) {
			head->len = 1U << bit;
			ck_assert_int_eq(take_any(&p), -EPROTO);
			head->len = 0U - (1U << (bit - 17));
			ck_assert_int_eq(take_any(&p), -EPROTO);
		}
	}
	close_pair(&p);
}
END_TEST

START_TEST(a_filler_with_nothing_behind_it_is_nonsense)
{
	const uint32_t begin = SHARED_RING_SIZE - 4 * HEAD;
	struct pair p;

	open_pair(&p);
	begin_at(&p, begin);
	/* All zeros are fillers: just one, up to the end, and a second one. */
	for (uint32_t n = HEAD; n <= 4 * HEAD; n += HEAD) {
		p.ring->put = begin + n;
		ck_assert_int_eq(take_any(&p), -EPROTO);
		ck_assert_uint_eq(p.taker.taken, begin);
	}
	p.ring->put = begin + 5 * HEAD;
	ck_assert_int_eq(take_any(&p), -EPROTO);
	close_pair(&p);
}
END_TEST

/* ---- A taker that does. ---- */

START_TEST(a_taken_position_outside_what_was_put_breaks_the_ring)
{
	static const uint32_t wrong[] = {
		4 * HEAD, 0U - HEAD, 1, 1U << 31, SHARED_RING_SIZE, HEAD + 1,
	};
	struct pair p;

	open_pair(&p);
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		begin_at(&p, 0);
		p.putter.broken = false;
		ck_assert(put(&p, HEAD, 0));
		p.ring->taken = wrong[i];
		ck_assert_ptr_null(shared_ring_put(&p.putter, 1, false));
		ck_assert(p.putter.broken);
		ck_assert_ptr_null(shared_ring_put(&p.putter, 1, true));
	}
	close_pair(&p);
}
END_TEST

/* Once it has taken something it can't put that back. */
START_TEST(a_taken_position_goes_forward_only)
{
	struct pair p;

	open_pair(&p);
	for (unsigned i = 0; i < 3; i++)
		ck_assert(put(&p, 0, 0));
	p.ring->taken = 2 * HEAD;
	ck_assert(put(&p, 0, 0));
	p.ring->taken = HEAD;
	ck_assert(!put(&p, 0, 0));
	ck_assert(p.putter.broken);
	close_pair(&p);
}
END_TEST

/* ---- Two threads. ---- */

enum { ROUNDS = 20000 };

static void *take_all(void *arg)
{
	struct pair *p = arg;

	for (unsigned i = 0; i < ROUNDS;) {
		struct shared_head head;
		const uint8_t *data;

		if (shared_ring_take(&p->taker, &head, &data) != 1) {
			sched_yield();
			continue;
		}
		if (head.arg != i ||
		    (head.len && data[head.len - 1] != (uint8_t)i))
			return p;
		shared_ring_take_end(&p->taker);
		i++;
	}
	return NULL;
}

START_TEST(two_threads_agree)
{
	pthread_t thread;
	struct pair p;
	void *bad;

	open_pair(&p);
	ck_assert_int_eq(pthread_create(&thread, NULL, take_all, &p), 0);
	for (unsigned i = 0; i < ROUNDS;) {
		size_t len = i * 7919 % 9001;
		uint8_t *data = shared_ring_put(&p.putter, len, false);

		if (!data) {
			sched_yield();
			continue;
		}
		memset(data, (uint8_t)i, len);
		shared_ring_put_end(
			&p.putter,
			(struct shared_head){ FRAME, (uint32_t)len, i++, 0 });
	}
	ck_assert_int_eq(pthread_join(thread, &bad), 0);
	ck_assert_ptr_null(bad);
	close_pair(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		records_come_out_in_order_whatever_their_size,
		a_full_ring_refuses_says_when_there_is_room_and_keeps_some,
		who_sleeps_is_woken_once,
		a_position_beyond_the_ring_is_nonsense,
		a_length_beyond_what_was_put_is_nonsense,
		a_filler_with_nothing_behind_it_is_nonsense,
		a_taken_position_outside_what_was_put_breaks_the_ring,
		a_taken_position_goes_forward_only,
		two_threads_agree,
		NULL,
	};

	return unit_run(unit_suite("shared_ring", tests));
}
