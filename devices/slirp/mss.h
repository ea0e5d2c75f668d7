/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mss.h - segments are not larger than they may be; with the lock held
 */
#ifndef DEVICES_SLIRP_MSS_H
#define DEVICES_SLIRP_MSS_H

#include <stdbool.h>

struct packet;
struct slirp_net;

/* @packet, a connection's first from the guest, says what segments it wants. */
void slirp_mss_note(const struct packet *packet);
/* @packet, with a flow, is about to be passed on: tell libslirp, if it is time,
 * what segments the guest wants. */
void slirp_mss_tell(struct slirp_net *net, const struct packet *packet);
/* @packet, which may be cut into segments, is too large for libslirp: it gets
 * these in its place. */
bool slirp_mss_cut(struct slirp_net *net, const struct packet *packet);

#endif
