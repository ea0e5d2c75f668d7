/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_rx.c - from the back end to the driver (VIRTIO 1.2, section 5.1.6.4)
 *
 * On the back end's thread, the owner of the rx queue.
 */
#include <errno.h>
#include <string.h>

#include "base/count.h"
#include "base/trace.h"
#include "base/util.h"
#include "devices/net/net.h"

enum {
	/* A frame of the usual MTU: 14 + 1500. */
	ETHER_DEFAULT = 1514,
};

/* Where the next byte goes. */
struct cursor {
	const struct iovec *iov;
	size_t at;
};

static void put(struct cursor *to, const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len) {
		size_t n = MIN(len, to->iov->iov_len - to->at);

		memcpy((uint8_t *)to->iov->iov_base + to->at, from, n);
		from += n;
		len -= n;
		to->at += n;
		if (to->at == to->iov->iov_len)
			*to = (struct cursor){ to->iov + 1, 0 };
	}
}

/*
 * Borrow buffers for @want bytes.  Returns how many; 0 when the driver must
 * lend more first, and will then tell; -errno when so many bytes never fit.
 *
 * The loop ends, because each turn sees buffers that it has not seen before,
 * and a ring holds a limited number of them.
 */
static int gather(struct net *net, size_t want)
{
	struct virtq *vq = &net->queue[NET_RX].vq;
	bool merge = virtio_has(&net->dev, VIRTIO_NET_F_MRG_RXBUF);
	int n;

	do {
		n = vq_gather(vq, want, net->rx.buf, merge ? vq->size : 1,
			      net->rx.iov, net->n_iov);
		if (n)
			return n;
		/* The driver may not lend more before it gets these. */
		vq_commit(vq);
	} while (vq_arm(vq));
	net->rx.armed = true;
	return 0;
}

/* All buffers but the last are full: 5.1.6.4.1. */
static void push(struct net *net, int n, size_t len)
{
	for (int i = 0; i < n; i++) {
		const struct vq_buf *buf = &net->rx.buf[i];
		size_t part = MIN(len, buf->in_len);

		vq_push(&net->queue[NET_RX].vq, buf, (uint32_t)part);
		len -= part;
	}
}

static void drop(struct net *net, int why)
{
	if (why == -EMSGSIZE) {
		count_add(&net->rx.drop_small, 1);
		return;
	}
	count_add(&net->rx.drop_broken, 1);
	virtio_broken(&net->dev, NET_RX);
}

/* 5.1.6.3.1: a mergeable buffer must at least hold the header. */
static void lint(struct net *net, int n)
{
	bool merge = virtio_has(&net->dev, VIRTIO_NET_F_MRG_RXBUF);
	size_t least = net_header_len(net) + (merge ? 0 : ETHER_DEFAULT);

	for (int i = 0; i < n; i++)
		if (net->rx.buf[i].in_len < least)
			virtio_lint(&net->dev, LINT_SHORT_BUFFER, NULL);
}

bool net_rx_frame(void *arg, const void *frame, size_t len)
{
	struct net *net = arg;
	size_t header_len = net_header_len(net);
	struct virtio_net_hdr_mrg_rxbuf header = { .num_buffers = 1 };
	struct cursor to = { .iov = net->rx.iov };
	int n = gather(net, header_len + len);

	if (n < 0) {
		drop(net, n);
		return true;
	}
	virtio_queue_waits(&net->queue[NET_RX], n == 0);
	if (n == 0) {
		count_add(&net->rx.waits, 1);
		virtio_worked(&net->dev);
		return false;
	}
	if (net->dev.lint.on)
		lint(net, n);
	if (net->rx.armed)
		vq_mute(&net->queue[NET_RX].vq);
	net->rx.armed = false;
	/* The back end has checked the checksums. */
	if (virtio_has(&net->dev, VIRTIO_NET_F_GUEST_CSUM))
		header.hdr.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	header.num_buffers = (uint16_t)n;
	put(&to, &header, header_len);
	put(&to, frame, len);
	push(net, n, header_len + len);
	count_add(&net->rx.frames, 1);
	count_add(&net->rx.bytes, len);
	trace_moment(net->dev.trace, net->queue[NET_RX].track, TRACE_FRAME,
		     len);
	return true;
}

void net_rx_done(void *arg)
{
	struct net *net = arg;

	vq_commit(&net->queue[NET_RX].vq);
	virtio_worked(&net->dev);
}
