/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.h - frames from the guest, from the ring to libslirp
 *
 * With the lock held.
 */
#ifndef DEVICES_SLIRP_INPUT_H
#define DEVICES_SLIRP_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct packet;
struct slirp_net;

/* Pass on the frames that are in the ring, or some of them if that takes long,
 * and give the guest what libslirp answers. */
void slirp_input_take(struct slirp_net *net);

/* The guest is at another address than before: lead the forwards there, and
 * ask it there. */
void slirp_input_moved(struct slirp_net *net);

/* Give libslirp a frame as from the guest.  The buffer has room for ETHER_MIN
 * bytes and is changed. */
void slirp_stack_input(struct slirp_net *net, uint8_t *frame, size_t len);
/* The same for @len bytes of @frame that belong to the connection of @packet,
 * which is from the guest: libslirp may open a socket for that. */
void slirp_stack_input_of(struct slirp_net *net, const struct packet *packet,
			  uint8_t *frame, size_t len);

#endif
