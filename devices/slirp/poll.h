/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll.h - what libslirp waits for, and what came of it; with the lock held
 */
#ifndef DEVICES_SLIRP_POLL_H
#define DEVICES_SLIRP_POLL_H

struct slirp_net;

/* Ask the instances that were touched what there is to wait for. */
void slirp_poll_fill(struct slirp_net *net);
/* Tell all that have to know what came, and the time. */
void slirp_poll_tell(struct slirp_net *net);

#endif
