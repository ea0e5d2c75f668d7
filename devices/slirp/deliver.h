/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * deliver.h - frames for the guest, and those that wait for room
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_DELIVER_H
#define DEVICES_SLIRP_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

struct slirp_net;

/* Above the first value the owner of a backlog should stop reading what would
 * become more frames; above the second frames are refused. */
#define BACKLOG_HIGH MIB
#define BACKLOG_MAX  (8 * MIB)

struct backlog_frame;

/* Frames in order, that wait until the guest has room for them.  To be
 * zero-initialised.  Any thread may read the counters. */
struct backlog {
	struct backlog_frame *first, *last;
	/* How many bytes of memory the frames take. */
	size_t bytes;
	/* The highest value that @bytes had, and how many frames were
	 * refused. */
	uint64_t peak, refused;
};

/* Add a copy of the @len bytes of @frame at the end; false: refused. */
bool backlog_add(struct backlog *backlog, const void *frame, size_t len);
/* The frame that waits longest and its length, or NULL. */
const void *backlog_first(const struct backlog *backlog, size_t *len);
/* Remove the first frame, or all. */
void backlog_remove(struct backlog *backlog);
void backlog_clear(struct backlog *backlog);

/* Whether the owner should stop reading. */
static inline bool backlog_is_high(const struct backlog *backlog)
{
	return backlog->bytes > BACKLOG_HIGH;
}

struct slirp_delivery {
	struct backlog backlog;
	/* When the first frame of the backlog became the first one. */
	uint64_t first_ns;
	/* How many bytes the NIC was given since it was last told that these
	 * were all. */
	size_t delivered;
	/* The identification of the last packet that was cut into fragments. */
	uint32_t fragment_id;
	uint64_t frames, bytes, waited, aged;
};

/* Write a frame into the capture file, if there is one. */
void slirp_capture(struct slirp_net *net, bool to_guest, const void *frame,
		   size_t len);
/* Give the guest a frame, now or when it has room.  @len is at most the MTU and
 * an Ethernet header.  A short frame is padded. */
void slirp_stack_deliver(struct slirp_net *net, const void *frame, size_t len);
/* The same for an IP packet of any length.  If it is longer than the guest's
 * MTU it is cut into fragments. */
void slirp_stack_cut(struct slirp_net *net, const void *frame, size_t len);
/* Give the guest frames of the backlog, as far as it has room. */
void slirp_deliver_backlog(struct slirp_net *net);
/* Tell the NIC that it has all frames, if it was given any. */
void slirp_deliver_done(struct slirp_net *net);
/* Drop the backlog. */
void slirp_deliver_clear(struct slirp_net *net);
/* When the first frame of the backlog becomes too old; UINT64_MAX: none
 * waits. */
uint64_t slirp_deliver_deadline(const struct slirp_net *net);

#endif
