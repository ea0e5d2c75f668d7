/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame_ring.h - frames from one thread to another, in order, none lost
 *
 * A bounded queue of private copies: one thread puts, one takes, neither
 * waits.  A full ring refuses; the taker then learns, once half of it is
 * free, that the putter is waiting for it, and a taker about to sleep that
 * there is more.
 */
#ifndef DEVICES_SLIRP_FRAME_RING_H
#define DEVICES_SLIRP_FRAME_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What goes with a frame. */
struct frame_head {
	/* In bytes. */
	uint32_t len;
	/* The most TCP payload of a frame, when this is one to be cut into
	 * several; else 0. */
	uint32_t segment;
};

struct frame_ring {
	uint8_t *buf;
	/* A power of two, in bytes. */
	uint32_t size;
	/* Free-running.  The putter's is published by frame_ring_put_end(),
	 * release, for frame_ring_take(), acquire; the taker's likewise by
	 * frame_ring_take_end() for frame_ring_put(). */
	uint32_t put, taken;
	/*
	 * Each side sets its flag and then looks again at the other's index;
	 * the other moves its index and then looks at the flag.  Both have a
	 * full fence in between, so one of them sees the other's.
	 */
	bool taker_sleeps, putter_waits;
	/* The putter's: where the frame being put begins. */
	uint32_t next;
};

/* @size bytes, a power of two, at least four times the largest frame.  -ENOMEM.
 */
int frame_ring_init(struct frame_ring *ring, uint32_t size);
void frame_ring_free(struct frame_ring *ring);
/* Forget what it holds; neither side may be using it. */
void frame_ring_reset(struct frame_ring *ring);

/*
 * Room for a frame of @len bytes, at least ETHER_MIN of them, and its head;
 * NULL when there is none now, and the taker will be told to tell.
 * Putter.
 */
uint8_t *frame_ring_put(struct frame_ring *ring, size_t len);
/* The frame that was put is whole.  True if the taker sleeps and has to be
 * woken.  Putter. */
bool frame_ring_put_end(struct frame_ring *ring, struct frame_head head);

/* The oldest frame, to be used and modified in place, or NULL.  Taker. */
uint8_t *frame_ring_take(struct frame_ring *ring, struct frame_head *head);
/* Done with that frame.  True if the putter waits for the room and has to be
 * told.  Taker. */
bool frame_ring_take_end(struct frame_ring *ring);

/* The taker is about to sleep; false if it must not: there are frames. */
bool frame_ring_sleep(struct frame_ring *ring);
/* And it is awake again. */
void frame_ring_wake(struct frame_ring *ring);

#endif
