/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * instance.h - the instance of libslirp, with the lock held
 */
#ifndef DEVICES_SLIRP_INSTANCE_H
#define DEVICES_SLIRP_INSTANCE_H

struct slirp_net;

/* Have libslirp's messages, which a guest can cause, limited like those about
 * the guest; undo it. */
void slirp_stack_log(struct slirp_net *net);
void slirp_stack_unlog(struct slirp_net *net);
/* Make an instance for @mtu in place of the one there is.  -errno. */
int slirp_stack_open(struct slirp_net *net, unsigned mtu);
/* End the instance, and all that is remembered of it. */
void slirp_stack_close(struct slirp_net *net);

#endif
