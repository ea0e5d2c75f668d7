/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h - what happened when, for --trace
 *
 * A buffer of fixed size takes events.  The first ones are kept, and those that
 * find no room are counted.  To record an event takes one atomic addition, and
 * no thread ever waits for another.  Where nothing is traced, the pointer to
 * the trace is NULL, and an event costs one comparison.
 *
 * An event is on a track, as a virtual processor or a queue.  Spans on one
 * track do not overlap, as only one thread records them.
 *
 * Threads: any thread records.  The main thread does all else.
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TRACE_EVENTS = 1 << 18,
	TRACE_TRACKS = 128,
	/* Bytes of a line of text that are kept. */
	TRACE_LINE = 120,
};

enum trace_kind {
	/* Not written, or not yet. */
	TRACE_FREE,
	/* Spans: guest code ran; an exit for the port or address `value`; an
	 * exit for a signal, or for something else; a worker served a queue. */
	TRACE_GUEST,
	TRACE_PORT_READ,
	TRACE_PORT_WRITE,
	TRACE_MMIO_READ,
	TRACE_MMIO_WRITE,
	TRACE_SIGNAL,
	TRACE_OTHER,
	TRACE_TURN,
	/* Moments: the driver's kicks, `value` of them; an interrupt; a frame
	 * of `value` bytes. */
	TRACE_KICK,
	TRACE_INTERRUPT,
	TRACE_FRAME,
	/* A line of `value` bytes, which are in the next events. */
	TRACE_TEXT,
	TRACE_BYTES,
	TRACE_KINDS,
};

struct trace_event {
	union {
		struct {
			/* By now_ns(); equal: a moment. */
			uint64_t begin_ns, end_ns;
			uint64_t value;
		};
		char bytes[24];
	};
	uint16_t track;
	/* enum trace_kind.  Stored with release when all else is written
	 * (trace_record), loaded with acquire by trace_at(). */
	uint8_t kind;
};

struct trace {
	struct trace_event *events;
	/* How many were to be recorded; relaxed, as what is in an event is
	 * ordered by its kind. */
	uint64_t n;
	char track[TRACE_TRACKS][40];
	unsigned n_tracks;
};

/* -ENOMEM. */
int trace_init(struct trace *trace);
/* Nobody records any more. */
void trace_free(struct trace *trace);

/* The track called @name, which is made if there is none yet.  If there are too
 * many, it is the last one.  @trace may be NULL. */
uint16_t trace_track(struct trace *trace, const char *name);

/* Record an event.  trace_span() and trace_moment() are for callers. */
void trace_record(struct trace *trace, uint16_t track, enum trace_kind kind,
		  uint64_t value, uint64_t begin_ns, uint64_t end_ns);
/* The same of what is over now.  @begin_ns is 0 for a moment. */
void trace_record_now(struct trace *trace, uint16_t track, enum trace_kind kind,
		      uint64_t value, uint64_t begin_ns);

/* Record the first TRACE_LINE of @len bytes of text, which come now. */
void trace_text(struct trace *trace, uint16_t track, const char *text,
		size_t len);

/* Number @i from 0 of the events, or NULL: there is none.  One that was not
 * finished, as its thread stands still, has the kind TRACE_FREE. */
const struct trace_event *trace_at(const struct trace *trace, size_t i,
				   enum trace_kind *kind);

/* How many events found no room. */
uint64_t trace_dropped(const struct trace *trace);

/* What time it is. */
uint64_t trace_now(void);

/* The time, for the begin of a span; 0: nothing is traced. */
static inline uint64_t trace_begin(const struct trace *trace)
{
	return trace ? trace_now() : 0;
}

/* What began at @begin_ns, by trace_begin(), is over. */
static inline void trace_span(struct trace *trace, uint16_t track,
			      enum trace_kind kind, uint64_t value,
			      uint64_t begin_ns)
{
	if (trace)
		trace_record_now(trace, track, kind, value, begin_ns);
}

static inline void trace_moment(struct trace *trace, uint16_t track,
				enum trace_kind kind, uint64_t value)
{
	if (trace)
		trace_record_now(trace, track, kind, value, 0);
}

#endif
