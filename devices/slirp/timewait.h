/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * timewait.h - makes libslirp forget connections that are over, and half-closed
 * ones whose guest is gone
 *
 * Everything here belongs to the holder of the lock, see slirp.h.
 */
#ifndef DEVICES_SLIRP_TIMEWAIT_H
#define DEVICES_SLIRP_TIMEWAIT_H

#include <stdbool.h>
#include <stdint.h>

struct flow;
struct packet;
struct slirp_net;
struct slirp_shard;

/* The connection of @flow, which libslirp ended first, is over. */
void slirp_timewait_note(struct slirp_net *net, struct flow *flow);
/* @packet, of TCP and from @shard, begins a connection that is not to be: the
 * host's side is reset. */
void slirp_timewait_refuse(struct slirp_shard *shard,
			   const struct packet *packet);
/* A connection with the ports of @flow begins. */
void slirp_timewait_renew(struct slirp_net *net, struct flow *flow,
			  bool from_guest);
/* Whether libslirp is to get @packet, from the guest and with a flow, later,
 * because it may end the connection.  What libslirp is to get now is left in
 * @packet. */
bool slirp_timewait_hold(struct slirp_net *net, const struct packet *packet);
/* Before each wait: the instances that were touched are about to say for which
 * sockets they have data; slirp_timewait_keep() is called for each of these.
 * Its connection is not reset for now. */
void slirp_timewait_ask(struct slirp_net *net);
void slirp_timewait_keep(struct slirp_net *net, int fd);
/* Make libslirp forget the other connections.  True if there were any. */
bool slirp_timewait_close(struct slirp_net *net);
/* Give libslirp a reset of the connection of @flow, as if from the guest. */
void slirp_timewait_reset(struct slirp_net *net, const struct flow *flow);

/* Ask the guests of half-closed connections whether they still have them, if it
 * is time; when to call this again. */
void slirp_keepalive(struct slirp_net *net);
uint64_t slirp_keepalive_deadline(struct slirp_net *net);

#endif
