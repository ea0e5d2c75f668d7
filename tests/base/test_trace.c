/* SPDX-License-Identifier: BSD-2-Clause */
/* What threads record, and what is found afterwards. */
#include <pthread.h>
#include <string.h>

#include "base/trace.h"
#include "base/util.h"
#include "tests/unit.h"

static struct trace trace;

static void set_up(void)
{
	ck_assert_int_eq(trace_init(&trace), 0);
}

static void tear_down(void)
{
	trace_free(&trace);
}

START_TEST(nothing_is_traced)
{
	ck_assert_uint_eq(trace_begin(NULL), 0);
	trace_span(NULL, 0, TRACE_GUEST, 0, 0);
	trace_moment(NULL, 0, TRACE_KICK, 1);
	ck_assert_uint_eq(trace_track(NULL, "vCPU 0"), 0);
}
END_TEST

START_TEST(in_order)
{
	uint64_t begun = trace_begin(&trace);
	const struct trace_event *event;
	enum trace_kind kind;

	ck_assert_ptr_null(trace_at(&trace, 0, &kind));
	trace_span(&trace, 3, TRACE_PORT_READ, 0x3f8, begun);
	trace_moment(&trace, 4, TRACE_FRAME, 60);
	event = trace_at(&trace, 0, &kind);
	ck_assert_int_eq(kind, TRACE_PORT_READ);
	ck_assert_uint_eq(event->begin_ns, begun);
	ck_assert_uint_ge(event->end_ns, begun);
	ck_assert_uint_eq(event->value, 0x3f8);
	ck_assert_uint_eq(event->track, 3);
	event = trace_at(&trace, 1, &kind);
	ck_assert_int_eq(kind, TRACE_FRAME);
	ck_assert_uint_eq(event->begin_ns, event->end_ns);
	ck_assert_uint_eq(event->value, 60);
	ck_assert_ptr_null(trace_at(&trace, 2, &kind));
	ck_assert_uint_eq(trace_dropped(&trace), 0);
}
END_TEST

/* A machine after a reset has the tracks of the one before. */
START_TEST(tracks)
{
	char name[16];

	ck_assert_uint_eq(trace_track(&trace, "a"), 0);
	ck_assert_uint_eq(trace_track(&trace, "b"), 1);
	ck_assert_uint_eq(trace_track(&trace, "a"), 0);
	for (unsigned i = 2; i < TRACE_TRACKS + 10; i++) {
		snprintf(name, sizeof(name), "%u", i);
		ck_assert_uint_eq(trace_track(&trace, name),
				  MIN(i, (unsigned)TRACE_TRACKS - 1));
	}
	ck_assert_uint_eq(trace.n_tracks, TRACE_TRACKS);
	ck_assert_str_eq(trace.track[TRACE_TRACKS - 1], "127");
}
END_TEST

static void fill(size_t n)
{
	while (n--)
		trace_moment(&trace, 0, TRACE_KICK, 1);
}

/* The first are kept. */
START_TEST(too_many)
{
	enum trace_kind kind;

	trace_moment(&trace, 7, TRACE_INTERRUPT, 0);
	fill(TRACE_EVENTS + 4);
	ck_assert_uint_eq(trace_dropped(&trace), 5);
	ck_assert_uint_eq(trace_at(&trace, 0, &kind)->track, 7);
	ck_assert_int_eq(kind, TRACE_INTERRUPT);
	ck_assert_ptr_nonnull(trace_at(&trace, TRACE_EVENTS - 1, &kind));
	ck_assert_ptr_null(trace_at(&trace, TRACE_EVENTS, &kind));
}
END_TEST

/* A line of @len letters, which is event @i. */
static void expect_text(size_t i, size_t len)
{
	const struct trace_event *event;
	enum trace_kind kind;

	event = trace_at(&trace, i, &kind);
	ck_assert_int_eq(kind, TRACE_TEXT);
	ck_assert_uint_eq(event->value, len);
	for (size_t at = 0; at < len; at++) {
		event = trace_at(&trace, i + 1 + at / 24, &kind);
		ck_assert_int_eq(kind, TRACE_BYTES);
		ck_assert_int_eq(event->bytes[at % 24], 'a' + (char)(at % 26));
	}
}

START_TEST(text)
{
	char line[TRACE_LINE + 30];
	size_t at = 0;

	for (size_t i = 0; i < sizeof(line); i++)
		line[i] = (char)('a' + i % 26);
	for (size_t len = 0; len <= sizeof(line); len++) {
		size_t kept = MIN(len, (size_t)TRACE_LINE);

		trace_text(&trace, 0, line, len);
		expect_text(at, kept);
		at += 1 + (kept + 23) / 24;
	}
}
END_TEST

/* A line that does not fit is dropped as a whole. */
START_TEST(no_room_for_text)
{
	enum trace_kind kind;

	fill(TRACE_EVENTS - 2);
	trace_text(&trace, 0, "this line needs more room than is left", 38);
	ck_assert_uint_eq(trace_dropped(&trace), 1);
	for (size_t i = TRACE_EVENTS - 2; trace_at(&trace, i, &kind); i++)
		ck_assert_int_eq(kind, TRACE_FREE);
}
END_TEST

enum { THREADS = 4, EACH = TRACE_EVENTS / THREADS + 1000 };

static void *record(void *arg)
{
	for (uint64_t i = 0; i < EACH; i++)
		trace_moment(&trace, *(uint16_t *)arg, TRACE_FRAME, i);
	return NULL;
}

/* Each event that is there is whole, and each thread's are in order. */
START_TEST(threads)
{
	static uint16_t track[THREADS] = { 0, 1, 2, 3 };
	uint64_t next[THREADS] = { 0 };
	const struct trace_event *event;
	pthread_t thread[THREADS];
	enum trace_kind kind;
	size_t n = 0;

	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&thread[i], NULL, record, &track[i]), 0);
	/* Who looks meanwhile sees whole events, too. */
	while (n < 1000)
		for (n = 0; (event = trace_at(&trace, n, &kind)); n++)
			if (kind != TRACE_FREE)
				ck_assert_uint_lt(event->track, THREADS);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (n = 0; (event = trace_at(&trace, n, &kind)); n++) {
		ck_assert_int_eq(kind, TRACE_FRAME);
		ck_assert_uint_eq(event->value, next[event->track]++);
	}
	ck_assert_uint_eq(n, TRACE_EVENTS);
	ck_assert_uint_eq(trace_dropped(&trace), THREADS * 1000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_is_traced, in_order, tracks, too_many, text,
		no_room_for_text,  threads,  NULL,
	};

	return unit_run(unit_suite_fixture("trace", tests, set_up, tear_down));
}
