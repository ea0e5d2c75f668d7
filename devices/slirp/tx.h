/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.h - the tx worker's side: it puts frames into the ring and, when net-rx
 * sleeps, passes them on to libslirp in its place
 */
#ifndef DEVICES_SLIRP_TX_H
#define DEVICES_SLIRP_TX_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/netdev.h"
#include "devices/slirp/frame_ring.h"

struct slirp_tx {
	/* Put by the tx worker, taken by the holder of the lock. */
	struct frame_ring ring;
	/* The tx worker's: there are frames in the ring of which net-rx, which
	 * sleeps, does not know; this turn's first has been sent. */
	bool sending, sent;
	uint64_t bad, full, wakes;
	/* Of the holder of the lock: what was taken from the ring. */
	uint64_t frames, bytes;
};

/* Of struct netdev_ops. */
enum netdev_tx slirp_tx(struct netdev *dev, const struct iovec *iov, unsigned n,
			const struct netdev_offload *offload);
void slirp_tx_done(struct netdev *dev);

#endif
