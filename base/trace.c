/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/util.h"

#define SIZE (TRACE_EVENTS * sizeof(struct trace_event))

_Static_assert(sizeof(struct trace_event) == 32, "two to a cache line");

int trace_init(struct trace *trace)
{
	/* Pages that are never written take no memory. */
	void *events = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	*trace = (struct trace){ .n = 0 };
	if (events == MAP_FAILED)
		return -ENOMEM;
	trace->events = events;
	return 0;
}

void trace_free(struct trace *trace)
{
	if (trace->events)
		munmap(trace->events, SIZE);
	trace->events = NULL;
}

uint16_t trace_track(struct trace *trace, const char *name)
{
	unsigned i = 0;

	if (!trace)
		return 0;
	while (i < trace->n_tracks && strcmp(trace->track[i], name) != 0)
		i++;
	if (i == TRACE_TRACKS)
		return TRACE_TRACKS - 1;
	if (i == trace->n_tracks)
		snprintf(trace->track[trace->n_tracks++],
			 sizeof(trace->track[i]), "%s", name);
	return (uint16_t)i;
}

/* Claim @n events that follow each other.  NULL: there is no room. */
static struct trace_event *claim(struct trace *trace, size_t n)
{
	/* Relaxed: it only gives each caller events of its own. */
	uint64_t at = __atomic_fetch_add(&trace->n, n, __ATOMIC_RELAXED);

	return at + n <= TRACE_EVENTS ? &trace->events[at] : NULL;
}

static void publish(struct trace_event *to, const struct trace_event *event)
{
	memcpy(to->bytes, event->bytes, sizeof(to->bytes));
	to->track = event->track;
	/* Release: pairs with the acquire in trace_at(). */
	__atomic_store_n(&to->kind, event->kind, __ATOMIC_RELEASE);
}

uint64_t trace_now(void)
{
	return now_ns();
}

void trace_record(struct trace *trace, uint16_t track, enum trace_kind kind,
		  uint64_t value, uint64_t begin_ns, uint64_t end_ns)
{
	struct trace_event *to = claim(trace, 1);

	if (to)
		publish(to, &(struct trace_event){ .begin_ns = begin_ns,
						   .end_ns = end_ns,
						   .value = value,
						   .track = track,
						   .kind = (uint8_t)kind });
}

void trace_record_now(struct trace *trace, uint16_t track, enum trace_kind kind,
		      uint64_t value, uint64_t begin_ns)
{
	uint64_t now = now_ns();

	trace_record(trace, track, kind, value, begin_ns ? begin_ns : now, now);
}

void trace_text(struct trace *trace, uint16_t track, const char *text,
		size_t len)
{
	const size_t size = sizeof(((struct trace_event *)0)->bytes);
	struct trace_event event = { .track = track, .kind = TRACE_BYTES };
	struct trace_event *to;

	len = MIN(len, (size_t)TRACE_LINE);
	to = claim(trace, 1 + (len + size - 1) / size);
	if (!to)
		return;
	for (size_t at = 0; at < len; at += size) {
		memcpy(event.bytes, text + at, MIN(len - at, size));
		publish(to + 1 + at / size, &event);
	}
	event = (struct trace_event){ .begin_ns = now_ns(),
				      .value = len,
				      .track = track,
				      .kind = TRACE_TEXT };
	event.end_ns = event.begin_ns;
	publish(to, &event);
}

const struct trace_event *trace_at(const struct trace *trace, size_t i,
				   enum trace_kind *kind)
{
	if (i >= MIN(__atomic_load_n(&trace->n, __ATOMIC_RELAXED),
		     (uint64_t)TRACE_EVENTS))
		return NULL;
	/* Acquire: pairs with the release in publish(). */
	*kind = (enum trace_kind)__atomic_load_n(&trace->events[i].kind,
						 __ATOMIC_ACQUIRE);
	return &trace->events[i];
}

uint64_t trace_dropped(const struct trace *trace)
{
	uint64_t n = __atomic_load_n(&trace->n, __ATOMIC_RELAXED);

	return n > TRACE_EVENTS ? n - TRACE_EVENTS : 0;
}
