/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.h - the tx worker's side
 *
 * The tx worker puts frames into the ring.  If net-rx sleeps, it also passes
 * them on to libslirp in net-rx's place.
 */
#ifndef DEVICES_SLIRP_TX_H
#define DEVICES_SLIRP_TX_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/netdev.h"
#include "devices/slirp/frame_ring.h"

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

#endif
