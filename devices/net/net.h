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
	/* The MTU for a driver that doesn't say how large its frames may be. */
	NET_MTU_DEFAULT = 1500,
	NET_RULES_MAX = 4,
};

/* A queue's segments and counters.  Only the owner of the queue uses them. */
struct net_rx {
	struct vq_buf *buf;
	struct iovec *iov;
	/* Kicks were asked for, and no frame has fitted since. */
	bool armed;
	uint64_t frames, bytes;
	/* How many frames were refused and are offered again later. */
	uint64_t waits;
	/* Frames larger than all buffers for one frame together; frames that
	 * came while the queue was broken. */
	uint64_t drop_small, drop_broken;
};

struct net_tx {
	struct iovec *iov;
	struct log_limit limit;
	uint64_t frames, bytes;
	/* How often the back end had no room. */
	uint64_t waits;
	/* Frames with a wrong header, and frames that the back end refuses for
	 * good. */
	uint64_t drop_header, drop_frame;
};

/* What the user can choose. */
struct net_options {
	uint8_t mac[6];
	/* The MTU, for drivers with VIRTIO_NET_F_MTU. */
	uint16_t mtu;
	/* A power of two. */
	uint16_t queue_size;
	/* Refuse drivers that use split rings. */
	bool packed_only;
};

struct net {
	struct virtio_device dev;
	struct virtio_queue queue[NET_QUEUES];
	struct virtio_worker worker;
	struct virtio_worker_ops worker_ops;
	struct virtio_rule rules[NET_RULES_MAX];
	struct virtio_net_config config;
	struct netdev *netdev;
	/* The number of segments of the longest chain. */
	uint32_t n_iov;
	struct net_rx rx;
	struct net_tx tx;
	/* How many buffers of each queue were used before the back end was
	 * started. */
	uint64_t used_before[NET_QUEUES];
	/* The back end is running.  Used by net-tx only. */
	bool running;
};

/* Make a NIC in front of @netdev, which is stopped and outlives it.  Logs;
 * -errno, and then there is nothing to free. */
int net_init(struct net *net, struct netdev *netdev,
	     const struct net_options *options);

/* Free the NIC, after its transport.  The back end must be stopped. */
void net_free(struct net *net);

/* The names of a struct net's counters, except those of its queues. */
extern const struct count_table net_table;

/* For net*.c only. */
/* How many bytes of header are before each frame: 5.1.6.1. */
static inline size_t net_header_len(const struct net *net)
{
	if (virtio_has(&net->dev, VIRTIO_F_VERSION_1) ||
	    virtio_has(&net->dev, VIRTIO_NET_F_MRG_RXBUF))
		return sizeof(struct virtio_net_hdr_mrg_rxbuf);
	return sizeof(struct virtio_net_hdr);
}

/* Functions for struct netdev_nic; @arg is the struct net. */
bool net_rx_frame(void *arg, const void *frame, size_t len);
void net_rx_done(void *arg);
/* One turn of serving the tx queue. */
enum worker_turn net_tx_serve(struct net *net);

#endif
