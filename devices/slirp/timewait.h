/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timewait.h - connections that are over leave libslirp
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_TIMEWAIT_H
#define DEVICES_SLIRP_TIMEWAIT_H

#include <stdbool.h>

struct flow;
struct packet;
struct slirp_net;
struct slirp_shard;

/* The connection of @flow, which libslirp has ended first, is over. */
void slirp_timewait_note(struct slirp_net *net, struct flow *flow);
/* @packet, of TCP and from @shard, begins a connection that is not to be: the
 * host's side is reset. */
void slirp_timewait_refuse(struct slirp_shard *shard,
			   const struct packet *packet);
/* A connection with the ports of @flow begins. */
void slirp_timewait_renew(struct slirp_net *net, struct flow *flow,
			  bool from_guest);
/* @packet, from the guest and with a flow, may make a connection over: true if
 * libslirp is to have it later.  What it is to have now is in @packet. */
bool slirp_timewait_hold(struct slirp_net *net, const struct packet *packet);
/* The instances that were touched are about to say what they have to write;
 * there is something to write to @fd: keep its connection for now. */
void slirp_timewait_ask(struct slirp_net *net);
void slirp_timewait_keep(struct slirp_net *net, int fd);
/* Have libslirp forget the others; true if there were any. */
bool slirp_timewait_close(struct slirp_net *net);
/* Those whose end is kept are not idle. */
void slirp_timewait_feed(struct slirp_net *net);
/* Give libslirp a reset of the connection of @flow, as from the guest. */
void slirp_timewait_reset(struct slirp_net *net, const struct flow *flow);

#endif
