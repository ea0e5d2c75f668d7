/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.h - a network card (VIRTIO 1.2, section 5.1), one pair of queues
 *
 * What the driver sends goes to a back end (devices/net/netdev.h), and what
 * comes from there to the driver.  Nothing is dropped for want of room: a
 * queue is not popped while the back end is full, and the back end keeps what
 * the driver has lent no buffers for.
 *
 * Threads, and who owns a queue while the device has it:
 *
 *	net-tx	owns queue 1, and is the only one to start and to stop the
 *		back end, which it does when queue 0 is lent and asked for
 *		back; so the functions of struct virtio_ops, which may not
 *		wait, never wait for the back end
 *	net-rx	(the back end's) owns queue 0 from start to stop.  Both wait
 *		for each other, so the queue changes hands in order.  The
 *		kicks of queue 0 wake this thread, without a detour.
 *		While it sleeps, the back end may use queue 0 on net-tx,
 *		within netdev_tx() and netdev_tx_done(), under a lock of its
 *		own.
 *
 * While there is no back end running, queue 1 waits.
 *
 * Files: net.c makes the device and lends the queues, net_rx.c and net_tx.c
 * each serve one.
 */
#ifndef DEVICES_NET_NET_H
#define DEVICES_NET_NET_H

#include <linux/virtio_net.h>

#include "base/log.h"
#include "devices/virtio/virtio.h"
#include "devices/virtio/worker.h"

struct netdev;

enum { NET_RX, NET_TX, NET_QUEUES };

enum {
	/* The MTU of a driver that doesn't say how large its frames may be. */
	NET_MTU_DEFAULT = 1500,
	NET_RULES_MAX = 4,
};

/* A queue's segments, and counters; all of the queue's owner. */
struct net_rx {
	struct vq_buf *buf;
	struct iovec *iov;
	/* Kicks were asked for since a frame last fitted. */
	bool armed;
	uint64_t frames, bytes;
	/* Frames refused, to be offered again. */
	uint64_t waits;
	/* Frames larger than any buffers lent for one; frames that came when
	 * the queue was broken. */
	uint64_t drop_small, drop_broken;
};

struct net_tx {
	struct iovec *iov;
	struct log_limit limit;
	uint64_t frames, bytes;
	/* How often the back end had no room. */
	uint64_t waits;
	/* Frames whose header is wrong, or that the back end won't have. */
	uint64_t drop_header, drop_frame;
};

/* What the user chooses. */
struct net_options {
	uint8_t mac[6];
	/* For drivers that can take it: VIRTIO_NET_F_MTU. */
	uint16_t mtu;
	/* A power of two. */
	uint16_t queue_size;
	/* Refuse drivers of split rings. */
	bool packed_only;
};

struct net {
	struct virtio_device dev;
	struct virtio_queue queue[NET_QUEUES];
	struct virtio_worker worker;
	struct virtio_rule rules[NET_RULES_MAX];
	struct virtio_net_config config;
	struct netdev *netdev;
	/* Segments of the longest chain. */
	uint32_t n_iov;
	struct net_rx rx;
	struct net_tx tx;
	/* Buffers of each queue used when the back end was started. */
	uint64_t used_before[NET_QUEUES];
	/* The rest is net-tx's: the back end is running. */
	bool running;
};

/* In front of @netdev, which is stopped and outlives it.  Logs; -errno, and
 * then nothing is to be freed. */
int net_init(struct net *net, struct netdev *netdev,
	     const struct net_options *options);

/* The transport has been freed; the back end is stopped. */
void net_free(struct net *net);

/* The names of a struct net's counters, apart from its queues'. */
extern const struct count_table net_table;

/* For net*.c only. */
/* Bytes of header before each frame: 5.1.6.1. */
static inline size_t net_header_len(const struct net *net)
{
	if (virtio_has(&net->dev, VIRTIO_F_VERSION_1) ||
	    virtio_has(&net->dev, VIRTIO_NET_F_MRG_RXBUF))
		return sizeof(struct virtio_net_hdr_mrg_rxbuf);
	return sizeof(struct virtio_net_hdr);
}

/* Of struct netdev_nic; @arg is the struct net. */
bool net_rx_frame(void *arg, const void *frame, size_t len);
void net_rx_done(void *arg);
/* A turn of the tx queue. */
enum worker_turn net_tx_serve(struct net *net);

#endif
