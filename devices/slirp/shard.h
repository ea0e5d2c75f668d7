/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shard.h - the instances of libslirp, among which connections are dealt out
 *
 * Whenever libslirp is called it looks at all of its connections, one after the
 * other.  So that a packet does not cost the more time the more connections
 * there are, no instance has many of them: when one is full, another is opened.
 * With few connections there is one instance.
 *
 * The first instance has all that is not TCP.  One of them has the forwards,
 * and so the host's clients; when it is full the forwards move to another.  A
 * connection of the guest's goes where there is room.  Which instance has a
 * connection is in its flow (conntrack.h).
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
struct slirp_net;

enum {
	/* As many as a word has bits. */
	SLIRP_SHARDS = 64,
	/* With so many connections an instance is full.  If all are, they get
	 * more. */
	SLIRP_SHARD_FULL = 32,
};

/* Descriptors, in no order. */
struct slirp_fd_list {
	int *fds;
	size_t n, max;
};

struct slirp_shard {
	struct slirp_net *net;
	Slirp *slirp;
	/* How many sockets it has, but those of forwards. */
	unsigned live;
	/* What poll.c waits for on its behalf. */
	struct slirp_fd_list watched;
	/* For how long it can do without being called, and from when on. */
	uint32_t timeout_ms;
	uint64_t filled_ns;
	struct slirp_idle idle;
	struct slirp_neighbour neighbour;
	struct slirp_accepted accepted;
	/* clock.c: the timer of all but the first, which is never run. */
	uint64_t no_timer_ms;
};

struct slirp_shards {
	struct slirp_shard list[SLIRP_SHARDS];
	/* How many there are, and the most there ever were. */
	unsigned n;
	uint64_t peak;
	/* Which one has the forwards. */
	unsigned accepting;
	/* A bit for each: it was called, and so may want to wait for something
	 * else than it said; one of its descriptors is ready. */
	uint64_t touched, ready;
};

/* The instance that has the connection of @flow.  NULL, and what no instance
 * has: the first. */
struct slirp_shard *slirp_shard_of(struct slirp_net *net,
				   const struct flow *flow);
/* Which one of them @shard is. */
unsigned slirp_shard_index(const struct slirp_shard *shard);
/* It was called, or what it may wait for has changed; all of them. */
void slirp_shard_touch(struct slirp_shard *shard);
void slirp_shards_touch(struct slirp_net *net);

/* The bit of @shard. */
static inline uint64_t slirp_shard_bit(const struct slirp_shard *shard)
{
	return UINT64_C(1) << slirp_shard_index(shard);
}

#endif
