/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * instance.h - instances of libslirp, with the lock held
 */
#ifndef DEVICES_SLIRP_INSTANCE_H
#define DEVICES_SLIRP_INSTANCE_H

struct slirp_net;

/* Have libslirp's messages, which a guest can cause, limited like those about
 * the guest; undo it. */
void slirp_stack_log(struct slirp_net *net);
void slirp_stack_unlog(struct slirp_net *net);
/* Make one instance for @mtu in place of those there are.  -errno. */
int slirp_stack_open(struct slirp_net *net, unsigned mtu);
/* Add one.  -ENOSPC: there are as many as may be; -errno. */
int slirp_shard_open(struct slirp_net *net);
/* End all instances, and all that is remembered of them. */
void slirp_stack_close(struct slirp_net *net);

#endif
