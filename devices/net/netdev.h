/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netdev.h - the interface between a NIC and its back end
 *
 * Frames are Ethernet without the check sequence.  A NIC calls the netdev_*
 * functions; the back end calls the nic's.
 *
 * Threads: the NIC sends from one thread, its tx worker.  Between
 * netdev_start() and netdev_stop() the back end has a thread of its own, which
 * calls rx(), rx_done() and tx_room().  The back end may also call these within
 * netdev_tx() and netdev_tx_done().  It never makes two of these calls at once,
 * and a lock orders them: to the NIC, the back end is the owner of its receive
 * queue.
 *
 * Neither direction loses frames for want of room: netdev_tx() refuses a frame,
 * and tx_room() tells when to try again; rx() refuses a frame, and
 * netdev_rx_room() tells.
 */
#ifndef DEVICES_NET_NETDEV_H
#define DEVICES_NET_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/count.h"
#include "base/thread.h"

struct netdev;

/* The NIC as the back end sees it, which calls one function at a time. */
struct netdev_nic {
	/*
	 * Take a whole frame, whose checksums are right and which has at most
	 * the started MTU and 14 bytes.  False: there is no room now, and the
	 * back end keeps the frame.  The NIC then has netdev_rx_room() called
	 * when the guest has made room, and after arranging that looks for room
	 * once more.  If the guest can never take the frame, the NIC drops and
	 * counts it, and returns true.
	 */
	bool (*rx)(void *arg, const void *frame, size_t len);
	/* No more frames for the moment: time to interrupt the guest. */
	void (*rx_done)(void *arg);
	/* netdev_tx() refused a frame and may now be tried again. */
	void (*tx_room)(void *arg);
	/* How many buffers of each queue were used since the start.  NULL: not
	 * known. */
	void (*used)(void *arg, uint64_t *rx, uint64_t *tx);
	/* The guest has kicked @n times.  NULL: the NIC does not want to
	 * know. */
	void (*kicked)(void *arg, uint64_t n);
	/* The back end is dead, see netdev_is_dead().  May be called within any
	 * netdev_*() function, too.  NULL: the NIC does not want to know. */
	void (*lost)(void *arg);
	void *arg;
};

/* What the guest has left to the device to do for a frame. */
struct netdev_offload {
	/* Finish the checksum @csum_offset bytes after @csum_start, see
	 * checksum_complete(). */
	bool checksum;
	uint16_t csum_start, csum_offset;
	/* Cut the frame into TCP segments with so many bytes of payload; 0: do
	 * not.  The back end may cut it into larger ones, or not at all. */
	uint16_t segment;
};

enum netdev_tx {
	NETDEV_SENT,
	/* No room: keep the frame until tx_room(). */
	NETDEV_FULL,
	/* The frame is longer or shorter than any can be, or its offloads make
	 * no sense. */
	NETDEV_BAD,
};

struct netdev_ops {
	int (*start)(struct netdev *dev, const struct netdev_nic *nic,
		     unsigned mtu);
	void (*stop)(struct netdev *dev);
	enum netdev_tx (*tx)(struct netdev *dev, const struct iovec *iov,
			     unsigned n, const struct netdev_offload *offload);
	/* NULL: the back end does not need it. */
	void (*tx_done)(struct netdev *dev);
	/* NULL: the back end keeps nothing. */
	void (*unplug)(struct netdev *dev);
	/* The names of the back end's counters, which are at struct netdev's
	 * @object; and of others that are at @dev itself, NULL: none. */
	const struct count_table *counters, *own_counters;
	void (*free)(struct netdev *dev);
};

/* The beginning of every back end's struct. */
struct netdev {
	const struct netdev_ops *ops;
	/* The object that has the back end's counters; NULL: this. */
	const void *object;
	/* What the tx worker, which calls the back end, may do in a sandbox. */
	enum thread_kind kind;
	/* An eventfd; see netdev_rx_room(). */
	int wake_fd;
	/* See netdev_is_dead().  Relaxed: it says nothing about other
	 * memory. */
	bool dead;
	/* now_ns() of the first frame that was sent; 0: none.  Stored by the tx
	 * worker, read by any thread.  Relaxed: it says nothing about other
	 * memory. */
	uint64_t first_tx_ns;
};

/*
 * The guest's driver is ready for frames of up to @mtu bytes of payload.  From
 * now on frames flow between @dev and @nic, which is copied; both arguments may
 * differ at each start.  Any thread, but not at the same time as netdev_stop()
 * or another netdev_start().  -errno when the host has no thread for it.
 */
static inline int netdev_start(struct netdev *dev, const struct netdev_nic *nic,
			       unsigned mtu)
{
	return dev->ops->start(dev, nic, mtu);
}

/* After this returns, no frame is taken and the NIC is not called; frames that
 * were under way are dropped.  It may be stopped already.  Must not be called
 * on the back end's thread. */
static inline void netdev_stop(struct netdev *dev)
{
	dev->ops->stop(dev);
}

/*
 * Send the frame in the @n pieces of @iov.  This may be guest memory that is
 * written to meanwhile, so the frame is copied once and only the copy is looked
 * at.  Called by the tx worker, between start and stop.
 */
static inline enum netdev_tx netdev_tx(struct netdev *dev,
				       const struct iovec *iov, unsigned n,
				       const struct netdev_offload *offload)
{
	if (!dev->first_tx_ns)
		__atomic_store_n(&dev->first_tx_ns, now_ns(), __ATOMIC_RELAXED);
	return dev->ops->tx(dev, iov, n, offload);
}

/* There are no more frames for the moment, so those that were sent need not
 * wait for others.  Called by the tx worker after netdev_tx() calls, before the
 * next stop. */
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
 * without need does no harm.  To add to @wake_fd has the same effect, so a NIC
 * may have KVM do it, by making it the receive queue's ioeventfd.  KVM adds 1,
 * and this function adds NETDEV_WAKE, so kicks can be counted.
 */
#define NETDEV_WAKE (UINT64_C(1) << 32)

static inline void netdev_rx_room(struct netdev *dev)
{
	uint64_t one = NETDEV_WAKE;

	/* It fails only if the counter is nearly full already. */
	if (write(dev->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* Whether the back end has ended, for good and before its time: it takes all
 * frames, and drops them.  Any thread. */
static inline bool netdev_is_dead(const struct netdev *dev)
{
	return __atomic_load_n(&dev->dead, __ATOMIC_RELAXED);
}

/* The NIC's machine is gone, as after a power cut: connections and leases of
 * its guest end.  They stay when only a driver goes and comes.  Any thread, but
 * not at the same time as start and stop.  If it is not stopped yet, this stops
 * it. */
static inline void netdev_unplug(struct netdev *dev)
{
	if (dev->ops->unplug)
		dev->ops->unplug(dev);
}

/* Show the back end's counters.  Any thread. */
static inline void netdev_show(const struct netdev *dev,
			       const struct count_view *view)
{
	count_show(dev->ops->counters, dev->object ? dev->object : dev, view);
	if (dev->ops->own_counters)
		count_show(dev->ops->own_counters, dev, view);
}

/* Stop and free; NULL is fine. */
static inline void netdev_free(struct netdev *dev)
{
	if (dev)
		dev->ops->free(dev);
}

#endif
