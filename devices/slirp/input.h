/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.h - frames from the guest, from the ring to libslirp
 *
 * With the lock held.
 */
#ifndef DEVICES_SLIRP_INPUT_H
#define DEVICES_SLIRP_INPUT_H

struct slirp_net;

/* Pass on the frames in the ring, or only some of them if that takes long, and
 * give the guest libslirp's answers. */
void slirp_input_take(struct slirp_net *net);

/* The guest's address has changed: lead the forwards there, and send its
 * questions there. */
void slirp_input_moved(struct slirp_net *net);

#endif
