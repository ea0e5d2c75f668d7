/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.h - frames from the guest: from the card into the ring, and from there to
 * libslirp
 *
 * The tx worker puts frames into the ring.  net-rx takes them out and passes
 * them on; while it sleeps, the tx worker does that in its place, with the lock
 * held.
 */
#ifndef DEVICES_SLIRP_TX_H
#define DEVICES_SLIRP_TX_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/netdev.h"
#include "devices/slirp/frame_ring.h"

struct slirp_net;

struct slirp_tx {
	/* The tx worker puts frames, the holder of the lock takes them. */
	struct frame_ring ring;
	/* Used by the tx worker only: the ring has frames that net-rx, which
	 * sleeps, does not know of; the first frame of this turn was passed
	 * on. */
	bool sending, sent;
	uint64_t bad, full, wakes;
	/* What was taken from the ring.  Used by the holder of the lock. */
	uint64_t frames, bytes;
};

/* The function for struct netdev_ops. */
enum netdev_tx slirp_tx(struct netdev *dev, const struct iovec *iov, unsigned n,
			const struct netdev_offload *offload);
void slirp_tx_done(struct netdev *dev);

/* For the holder of the lock. */

/* Pass on the frames in the ring, or only some of them if that takes long, and
 * give the guest libslirp's answers. */
void slirp_input_take(struct slirp_net *net);
/* Before net-rx sleeps, or goes on sleeping: find out what it has to wait for.
 * Returns until when. */
uint64_t slirp_tx_prepare(struct slirp_net *net);
/* The guest's address has changed: lead the forwards there, and send its
 * questions there. */
void slirp_input_moved(struct slirp_net *net);

#endif
