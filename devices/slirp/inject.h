/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inject.h - frames for libslirp, as from the guest; with the lock held
 */
#ifndef DEVICES_SLIRP_INJECT_H
#define DEVICES_SLIRP_INJECT_H

#include <stddef.h>
#include <stdint.h>

struct packet;
struct slirp_net;
struct slirp_shard;

/* Give @shard a frame as if from the guest.  The buffer must have room for
 * ETHER_MIN bytes, and is changed. */
void slirp_stack_input(struct slirp_shard *shard, uint8_t *frame, size_t len);
/* The same for @len bytes of @frame that belong to the connection of @packet,
 * from the guest: libslirp may open a socket for it. */
void slirp_stack_input_of(struct slirp_net *net, const struct packet *packet,
			  uint8_t *frame, size_t len);

#endif
