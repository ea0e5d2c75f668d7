/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * marker.h - libslirp's queue does not end where it would be fatal
 *
 * devices/firewall/libslirp_faults.h says why, and for which versions.  With
 * the lock held.
 */
#ifndef DEVICES_SLIRP_MARKER_H
#define DEVICES_SLIRP_MARKER_H

struct packet;
struct slirp_net;

/* @packet, with a flow that wants a marker, is about to be passed on: libslirp
 * gets the marker. */
void slirp_marker_give(struct slirp_net *net, const struct packet *packet);

#endif
