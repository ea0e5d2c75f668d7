/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * instance.h - instances of libslirp, their clock, and which one gets a new
 * connection (shard.h)
 *
 * The only timer of libslirp's is for IPv6's router advertisements; TCP's
 * timers are within libslirp.  Only the timer of the first instance is run.
 *
 * With the lock held; so do libslirp's callbacks.
 */
#ifndef DEVICES_SLIRP_INSTANCE_H
#define DEVICES_SLIRP_INSTANCE_H

#include <slirp/libslirp.h>

struct flow;
struct slirp_net;

struct slirp_clock {
	/* now_ns() when the clock was 0. */
	uint64_t epoch_ns;
	/* When the timer is due, in milliseconds of libslirp's clock; 0: it is
	 * not armed. */
	uint64_t timer_ms;
	SlirpTimerId timer_id;
	void *timer_opaque;
};

/* Limit libslirp's messages, which a guest can cause, like other messages about
 * the guest; and undo it. */
void slirp_stack_log(struct slirp_net *net);
void slirp_stack_unlog(struct slirp_net *net);
/* Replace all instances by a new one for @mtu.  Returns 0 or -errno. */
int slirp_stack_open(struct slirp_net *net, unsigned mtu);
/* Add an instance.  -ENOSPC: there are as many as allowed; or another
 * -errno. */
int slirp_shard_open(struct slirp_net *net);
/* Close all instances, and forget everything about their connections. */
void slirp_stack_close(struct slirp_net *net);

/* A connection of the guest's begins: choose the instance that gets it, unless
 * one has it already. */
void slirp_shard_deal(struct slirp_net *net, struct flow *flow);
/* Before the next wait: let another instance accept, if this one is full. */
void slirp_shards_accept(struct slirp_net *net);

/* Run the timer if it is due. */
void slirp_clock_run(struct slirp_net *net);
/* When the timer is due, in terms of now_ns(); UINT64_MAX: it is not armed. */
uint64_t slirp_clock_deadline(const struct slirp_net *net);

#endif
