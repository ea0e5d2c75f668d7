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
#include <sys/types.h>

#include "base/util.h"

/* The size in bytes of each of the two buffers in memory: one has the newest
 * bytes, one the oldest. */
#define SINK_BUFFER (64 * KIB)

/*
 * Bytes that wait on disk: a first-in-first-out queue in a temporary file
 * without a name.  It never grows beyond a limit, and it gives disk space back
 * when bytes were read.  The file is opened at once, as a sandbox would not
 * allow it later.
 *
 * Threads: the caller serialises all functions except spill_read(), which may
 * run at the same time as spill_put(), on a copy of the struct, because queued
 * bytes do not move.
 */
struct spill {
	int fd;
	/* In bytes; the file is a ring of @limit bytes. */
	uint64_t limit, head, used;
};

/* An empty queue that takes up to @limit bytes. */
void spill_init(struct spill *spill, uint64_t limit);
/* Drop what is queued. */
void spill_free(struct spill *spill);
/* Append bytes.  Returns for how many there was room, on the disk, too. */
size_t spill_put(struct spill *spill, const uint8_t *buf, size_t len);
/* Copy up to @len of the oldest bytes.  They can be read only once, as the disk
 * gets its space back if possible; drop them afterwards.  Returns how many, or
 * -errno if the file cannot be read. */
ssize_t spill_read(const struct spill *spill, uint8_t *buf, size_t len);
/* Remove the oldest @len bytes. */
void spill_drop(struct spill *spill, size_t len);

/*
 * Bytes go from @newest, when it is full, to @spill, and from there to
 * @oldest.  While @spill is empty the two buffers are swapped instead.
 */
struct sink_queue {
	struct spill spill;
	uint8_t *newest, *oldest;
	size_t n_newest;
	/* The part of @oldest that was not taken yet.  Only the thread that
	 * takes changes these and the bytes they denote. */
	size_t oldest_at, n_oldest;
	/* How many bytes were dropped, because there was no room. */
	uint64_t dropped;
	/* The limit on all bytes, 0: none; how many came; and how many were
	 * left out.  The last of those are in @tail (NULL: not kept). */
	uint64_t max, taken, left_out;
	uint8_t *tail;
	uint8_t buffers[2][SINK_BUFFER];
};

/* At most @limit bytes wait on disk.  If @max isn't 0, at most that many bytes
 * are taken in all; with @tail, the last 64 KiB of the rest are kept. */
void sink_queue_init(struct sink_queue *queue, uint64_t limit, uint64_t max,
		     bool tail);
void sink_queue_free(struct sink_queue *queue);

/* How many bytes wait. */
uint64_t sink_queue_len(const struct sink_queue *queue);

/* Add @len bytes at the end. */
void sink_queue_write(struct sink_queue *queue, const void *buf, size_t len);

/* No more bytes will come: queue a line that says how much is missing, and the
 * kept last bytes of what was left out.  Returns how much is missing. */
uint64_t sink_queue_finish(struct sink_queue *queue);

/* The oldest bytes, *@len of them; 0: call sink_queue_refill() first.  They
 * stay where they are until sink_queue_take(). */
const uint8_t *sink_queue_oldest(const struct sink_queue *queue, size_t *len);

/* @n of these bytes were taken. */
void sink_queue_take(struct sink_queue *queue, size_t n);

/* When no oldest bytes are in memory, read some from disk.  @lock is released
 * meanwhile, as reading takes time. */
void sink_queue_refill(struct sink_queue *queue, pthread_mutex_t *lock);

#endif
