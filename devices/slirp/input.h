/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.h - frames from the guest, from the ring to libslirp
 *
 * With the lock held.
 */
#ifndef DEVICES_SLIRP_INPUT_H
#define DEVICES_SLIRP_INPUT_H

struct slirp_net;

/* Pass on the frames that are in the ring, or some of them if that takes long,
 * and give the guest what libslirp answers. */
void slirp_input_take(struct slirp_net *net);

/* The guest is at another address than before: lead the forwards there, and
 * ask it there. */
void slirp_input_moved(struct slirp_net *net);

#endif
