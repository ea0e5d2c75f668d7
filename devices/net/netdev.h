/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netdev.h - the joint between a NIC and what is behind it
 *
 * Frames are Ethernet without the check sequence.  A NIC calls the netdev_*
 * functions; what is behind it calls the nic's.
 *
 * Threads: the NIC sends from one thread, its tx worker.  The back end has
 * one of its own between netdev_start() and netdev_stop(), from which it
 * calls rx(), rx_done() and tx_room(); it may call them within netdev_tx() and
 * netdev_tx_done(), too, but never two at once, and by a lock the one after
 * the other: to the NIC the back end is the owner of its receive queue.
 *
 * Neither direction loses frames for want of room: netdev_tx() refuses and
 * tx_room() says when to try again; rx() refuses and netdev_rx_room() does.
 */
#ifndef DEVICES_NET_NETDEV_H
#define DEVICES_NET_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/count.h"

struct netdev;

/* What a NIC is to the back end, which calls one of these at a time. */
struct netdev_nic {
	/*
	 * Take a whole frame with its checksums right, at most the started
	 * MTU and 14 bytes.  False: no room now, keep it; the NIC sees to it
	 * that netdev_rx_room() is called when the guest has made more, and
	 * has looked once more after seeing to it.  A frame the guest can
	 * never take is the NIC's to drop and count: that is true.
	 */
	bool (*rx)(void *arg, const void *frame, size_t len);
	/* No more frames for the moment: time to interrupt the guest. */
	void (*rx_done)(void *arg);
	/* netdev_tx() refused a frame and may now be tried again. */
	void (*tx_room)(void *arg);
	/* How many buffers of either queue were used since the start.  NULL:
	 * not known. */
	void (*used)(void *arg, uint64_t *rx, uint64_t *tx);
	/* The guest has kicked @n times.  NULL: not wanted. */
	void (*kicked)(void *arg, uint64_t n);
	void *arg;
};

/* What the guest left to do for a frame. */
struct netdev_offload {
	/* Finish the checksum @csum_offset bytes behind @csum_start, see
	 * checksum_complete(). */
	bool checksum;
	uint16_t csum_start, csum_offset;
	/* Cut it into TCP segments of so many bytes of payload; 0: do not.
	 * The back end may cut it larger, or not at all. */
	uint16_t segment;
};

enum netdev_tx {
	NETDEV_SENT,
	/* No room: keep the frame until tx_room(). */
	NETDEV_FULL,
	/* Longer or shorter than any frame, or its offloads are nonsense. */
	NETDEV_BAD,
};

struct netdev_ops {
	int (*start)(struct netdev *dev, const struct netdev_nic *nic,
		     unsigned mtu);
	void (*stop)(struct netdev *dev);
	enum netdev_tx (*tx)(struct netdev *dev, const struct iovec *iov,
			     unsigned n, const struct netdev_offload *offload);
	/* NULL: not wanted. */
	void (*tx_done)(struct netdev *dev);
	/* NULL: it keeps nothing. */
	void (*unplug)(struct netdev *dev);
	/* The names of the back end's counters, which are at @dev. */
	const struct count_table *counters;
	void (*free)(struct netdev *dev);
};

/* The head of every back end. */
struct netdev {
	const struct netdev_ops *ops;
	/* An eventfd; see netdev_rx_room(). */
	int wake_fd;
	/* now_ns() of the first frame that was sent; 0: none.  Kept by the tx
	 * worker, read by any: relaxed, it stands for nothing else. */
	uint64_t first_tx_ns;
};

/*
 * The guest's driver is ready for frames of up to @mtu bytes of payload: from
 * now on frames flow between it and @nic, which is copied; both may differ
 * each time.  Any thread, not at once with netdev_stop() or itself.  -errno
 * when the host has no thread for it.
 */
static inline int netdev_start(struct netdev *dev, const struct netdev_nic *nic,
			       unsigned mtu)
{
	return dev->ops->start(dev, nic, mtu);
}

/* No frame is taken and the NIC is not called after this returns; what was
 * under way is forgotten.  Stopping what is not running is fine; not on the
 * back end's thread. */
static inline void netdev_stop(struct netdev *dev)
{
	dev->ops->stop(dev);
}

/*
 * Send the frame in the @n pieces of @iov, which may be guest memory that is
 * written to meanwhile: it is copied once, then looked at.  The tx worker,
 * between start and stop.
 */
static inline enum netdev_tx netdev_tx(struct netdev *dev,
				       const struct iovec *iov, unsigned n,
				       const struct netdev_offload *offload)
{
	if (!dev->first_tx_ns)
		__atomic_store_n(&dev->first_tx_ns, now_ns(), __ATOMIC_RELAXED);
	return dev->ops->tx(dev, iov, n, offload);
}

/* No more frames for the moment: those that were sent need not wait for others.
 * To be said after any netdev_tx(), by the tx worker, before the next stop. */
static inline void netdev_tx_done(struct netdev *dev)
{
	if (dev->ops->tx_done)
		dev->ops->tx_done(dev);
}

/* now_ns() of the first frame that netdev_tx() was given; 0: none.  Any
 * thread. */
static inline uint64_t netdev_first_tx(const struct netdev *dev)
{
	return __atomic_load_n(&dev->first_tx_ns, __ATOMIC_RELAXED);
}

/*
 * The guest has made room since rx() refused a frame.  Any thread; a call
 * too many does no harm.  The same is said by anybody who adds to @wake_fd,
 * so a NIC may have KVM do it, as the receive queue's ioeventfd.  The latter
 * adds 1, this adds NETDEV_WAKE, and so kicks can be counted.
 */
#define NETDEV_WAKE (UINT64_C(1) << 32)

static inline void netdev_rx_room(struct netdev *dev)
{
	uint64_t one = NETDEV_WAKE;

	/* It fails only when it is nearly full already. */
	if (write(dev->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* The machine of the NIC is gone, as after a power cut: connections and leases
 * of its guest end.  A driver that only comes and goes keeps them.  Any
 * thread, not at once with start and stop; stopped before, or by this. */
static inline void netdev_unplug(struct netdev *dev)
{
	if (dev->ops->unplug)
		dev->ops->unplug(dev);
}

/* Show its counters.  Any thread. */
static inline void netdev_show(const struct netdev *dev,
			       const struct count_view *view)
{
	count_show(dev->ops->counters, dev, view);
}

/* Stop and free; NULL is fine. */
static inline void netdev_free(struct netdev *dev)
{
	if (dev)
		dev->ops->free(dev);
}

#endif
