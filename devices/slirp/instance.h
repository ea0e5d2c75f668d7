/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * instance.h - instances of libslirp, with the lock held
 */
#ifndef DEVICES_SLIRP_INSTANCE_H
#define DEVICES_SLIRP_INSTANCE_H

struct slirp_net;

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

#endif
