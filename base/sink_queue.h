/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink_queue.h - the bytes that wait in a sink
 *
 * The oldest and the newest are in memory, what is between them in a temporary
 * file of bounded size; what does not fit there either is dropped and counted.
 * What goes beyond the limit on all bytes is left out and counted.
 *
 * Threads: the sink's lock is held in each call.  Bytes are taken by one thread
 * alone.
 */
#ifndef BASE_SINK_QUEUE_H
#define BASE_SINK_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spill.h"
#include "base/util.h"

/* What waits in memory, in bytes, twice: the newest and the oldest. */
#define SINK_BUFFER (64 * KIB)

/*
 * Bytes go from @newest, when it is full, to @spill, and from there to
 * @oldest.  While @spill is empty the two buffers are swapped instead.
 */
struct sink_queue {
	struct spill spill;
	uint8_t *newest, *oldest;
	size_t n_newest;
	/* What of @oldest is still to be taken.  Only the thread that takes
	 * changes these and the bytes they denote. */
	size_t oldest_at, n_oldest;
	/* Bytes that there was no room for. */
	uint64_t dropped;
	/* The most bytes, 0: any number; those that came, and those that were
	 * left out, of which the last are in @tail (NULL: they need not be
	 * kept). */
	uint64_t max, taken, left_out;
	uint8_t *tail;
	uint8_t buffers[2][SINK_BUFFER];
};

/* At most @limit bytes wait on disk.  If @max isn't 0, no more than that are
 * taken in all, but with @tail the last 64 KiB are kept. */
void sink_queue_init(struct sink_queue *queue, uint64_t limit, uint64_t max,
		     bool tail);
void sink_queue_free(struct sink_queue *queue);

/* How many bytes wait. */
uint64_t sink_queue_len(const struct sink_queue *queue);

/* Add @len bytes at the end. */
void sink_queue_write(struct sink_queue *queue, const void *buf, size_t len);

/* No more will come: queue the last bytes of what was left out, behind a line
 * that says how much is missing then.  How much is missing. */
uint64_t sink_queue_finish(struct sink_queue *queue);

/* The oldest bytes, *@len of them, which is 0 if sink_queue_refill() is to be
 * called first.  They stay where they are until sink_queue_take(). */
const uint8_t *sink_queue_oldest(const struct sink_queue *queue, size_t *len);

/* @n of these have been taken. */
void sink_queue_take(struct sink_queue *queue, size_t n);

/* Bring the oldest bytes into memory, of which there are none in it.  @lock is
 * released meanwhile: reading a disk takes its time. */
void sink_queue_refill(struct sink_queue *queue, pthread_mutex_t *lock);

#endif
