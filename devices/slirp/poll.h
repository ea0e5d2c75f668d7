/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll.h - what libslirp waits for, and which events it gets; with the lock
 * held
 */
#ifndef DEVICES_SLIRP_POLL_H
#define DEVICES_SLIRP_POLL_H

struct slirp_net;
struct slirp_shard;

/* Ask the instances that were touched what they wait for. */
void slirp_poll_fill(struct slirp_net *net);
/* Tell libslirp the events that came, and the time. */
void slirp_poll_tell(struct slirp_net *net);
/* Ask one instance of libslirp what it waits for. */
void slirp_poll_ask(struct slirp_shard *shard);

#endif
