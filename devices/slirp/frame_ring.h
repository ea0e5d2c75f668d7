/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame_ring.h - a ring that takes frames from one thread to another, in order
 *
 * A bounded queue of copies.  One thread puts, one takes, and neither waits.  A
 * full ring refuses a frame; once half of the ring is free, the taker is told
 * that the putter waits for room.  A taker that is about to sleep is told if
 * there are frames left.
 */
#ifndef DEVICES_SLIRP_FRAME_RING_H
#define DEVICES_SLIRP_FRAME_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is stored with each frame. */
struct frame_head {
	/* In bytes. */
	uint32_t len;
	/* If this frame is to be cut into several: how many bytes of TCP
	 * payload each may have; else 0. */
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
	 * Each side sets its flag, and then looks again at the other side's
	 * index.  The other side moves its index, and then looks at the flag.
	 * Both have a full fence in between, so at least one of them sees what
	 * the other has written.
	 */
	bool taker_sleeps, putter_waits;
	/* Used by the putter only: where the frame that is being put begins. */
	uint32_t next;
};

/* @size bytes, a power of two, at least four times the largest frame.  -ENOMEM.
 */
int frame_ring_init(struct frame_ring *ring, uint32_t size);
void frame_ring_free(struct frame_ring *ring);
/* Drop all frames.  Neither side may be using the ring. */
void frame_ring_reset(struct frame_ring *ring);

/*
 * Room for the head and a frame of @len bytes, or ETHER_MIN if that is more.
 * NULL: there is no room now, and the taker will be told that the putter waits.
 * Called by the putter.
 */
uint8_t *frame_ring_put(struct frame_ring *ring, size_t len);
/* The frame that was put is complete.  True: the taker sleeps, and the caller
 * has to wake it.  Called by the putter. */
bool frame_ring_put_end(struct frame_ring *ring, struct frame_head head);

/* The oldest frame, which the caller may use and change in place, or NULL.
 * Called by the taker. */
uint8_t *frame_ring_take(struct frame_ring *ring, struct frame_head *head);
/* The taker is done with that frame.  True: the putter waits for room, and the
 * caller has to tell it.  Called by the taker. */
bool frame_ring_take_end(struct frame_ring *ring);

/* The taker is about to sleep.  False: it must not, as there are frames. */
bool frame_ring_sleep(struct frame_ring *ring);
/* The taker is awake again. */
void frame_ring_wake(struct frame_ring *ring);

#endif
