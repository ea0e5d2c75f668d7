/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shard.h - the instances of libslirp, which share the connections
 *
 * Whenever libslirp is called it looks at all of its connections, one after the
 * other.  So each packet would cost more time the more connections there are.
 * Therefore no instance has many connections: when one is full, another is
 * opened.  With few connections there is one instance.
 *
 * The first instance has everything that is not TCP.  One of the instances has
 * the forwards, and so the host's clients; when it is full the forwards move to
 * another.  A connection of the guest's goes to an instance with room.  The
 * flow of a connection says which instance has it (conntrack.h).
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_SHARD_H
#define DEVICES_SLIRP_SHARD_H

#include <slirp/libslirp.h>

#include "base/util.h"
#include "devices/slirp/idle.h"
#include "devices/slirp/neighbour.h"
#include "devices/slirp/pairing.h"

struct flow;
struct packet;
struct slirp_net;

enum {
	/* One for each bit of a word. */
	SLIRP_SHARDS = 64,
	/* An instance with so many connections is full.  If all instances are
	 * full, they get more. */
	SLIRP_SHARD_FULL = 32,
};

/* Descriptors, in any order. */
struct slirp_fd_list {
	int *fds;
	size_t n, max;
};

struct slirp_shard {
	struct slirp_net *net;
	Slirp *slirp;
	/* How many sockets it has, except those of forwards. */
	unsigned live;
	/* What poll.c waits for on its behalf. */
	struct slirp_fd_list watched;
	/* For how long it does not have to be called, and since when. */
	uint32_t timeout_ms;
	uint64_t filled_ns;
	struct slirp_idle idle;
	struct slirp_neighbour neighbour;
	struct slirp_accepted accepted;
	/* instance.c: the timer of every instance but the first, which is never
	 * run. */
	uint64_t no_timer_ms;
};

struct slirp_shards {
	struct slirp_shard list[SLIRP_SHARDS];
	/* How many instances there are, and the most there ever were. */
	unsigned n;
	uint64_t peak;
	/* The instance that has the forwards. */
	unsigned accepting;
	/* A bit for each instance: it was called, and so may wait for other
	 * events than it last said; one of its descriptors is ready. */
	uint64_t touched, ready;
};

/* The instance that has the connection of @flow.  With NULL, or a flow that no
 * instance has: the first. */
struct slirp_shard *slirp_shard_of(struct slirp_net *net,
				   const struct flow *flow);
/* The index of @shard. */
unsigned slirp_shard_index(const struct slirp_shard *shard);
/* @shard was called, or the events that it may wait for have changed.  The
 * second function is for all of them. */
void slirp_shard_touch(struct slirp_shard *shard);
void slirp_shards_touch(struct slirp_net *net);

/* The bit of @shard. */
static inline uint64_t slirp_shard_bit(const struct slirp_shard *shard)
{
	return UINT64_C(1) << slirp_shard_index(shard);
}

/* Something that may start a timer of @shard has happened (idle.h). */
void slirp_shard_active(struct slirp_shard *shard);

/* ---- Frames for libslirp, as from the guest. ---- */

/* Give @shard a frame as if from the guest.  The buffer must have room for
 * ETHER_MIN bytes, and is changed. */
void slirp_stack_input(struct slirp_shard *shard, uint8_t *frame, size_t len);
/* The same for @len bytes of @frame that belong to the connection of @packet,
 * from the guest: libslirp may open a socket for it. */
void slirp_stack_input_of(struct slirp_net *net, const struct packet *packet,
			  uint8_t *frame, size_t len);

#endif
