/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * info.h - what libslirp says about its connections
 *
 * libslirp's only answer is a table for people to read,
 * slirp_connection_info().  To get it takes some microseconds for each
 * connection.  With the lock held.
 */
#ifndef DEVICES_SLIRP_INFO_H
#define DEVICES_SLIRP_INFO_H

#include <stdbool.h>

struct flow;
struct slirp_net;
struct slirp_shard;

/* Whether the connection of @flow is established.  If several connections may
 * be the one: whether all of them are. */
bool slirp_info_established(struct slirp_net *net, const struct flow *flow);
/* Whether no timer of a connection of @shard does anything, see idle.h: each
 * connection is established or ended by the guest only, and has nothing left to
 * be sent to the guest or acknowledged by it. */
bool slirp_info_quiet(struct slirp_shard *shard);
/* How many TCP connections have no socket. */
unsigned slirp_info_bare(struct slirp_net *net);

#endif
