/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * marker.h - keeps libslirp's queue from ending where that is fatal
 *
 * devices/firewall/libslirp_faults.h says why, and for which versions.  With
 * the lock held.
 */
#ifndef DEVICES_SLIRP_MARKER_H
#define DEVICES_SLIRP_MARKER_H

struct packet;
struct slirp_net;

/* Give libslirp the marker, before @packet, whose flow wants one, is passed
 * on. */
void slirp_marker_give(struct slirp_net *net, const struct packet *packet);

#endif
