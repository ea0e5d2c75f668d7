/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mss.h - keeps TCP segments from being too large; with the lock held
 */
#ifndef DEVICES_SLIRP_MSS_H
#define DEVICES_SLIRP_MSS_H

#include <stdbool.h>

struct packet;
struct slirp_net;

/* Remember the segment size that the guest wants from @packet, the first of a
 * connection. */
void slirp_mss_note(const struct packet *packet);
/* Tell libslirp, if it is time, what segment size the guest wants, before
 * @packet, with a flow, is passed on. */
void slirp_mss_tell(struct slirp_net *net, const struct packet *packet);
/* If @packet, which may be cut into segments, is too large for libslirp, give
 * libslirp the segments.  False: it was not too large. */
bool slirp_mss_cut(struct slirp_net *net, const struct packet *packet);

#endif
