/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_tx.c - from the driver to the back end (VIRTIO 1.2, section 5.1.6.2)
 *
 * On the thread net-tx, the owner of the tx queue.  The header is copied
 * before it is looked at; the frame is the back end's to copy.
 */
#include <string.h>

#include "base/count.h"
#include "base/iov.h"
#include "base/trace.h"
#include "base/util.h"
#include "devices/net/net.h"
#include "devices/net/netdev.h"

enum {
	/* How many buffers are served before other requests are looked at. */
	BATCH = 64,
};

/* A frame to send: the pieces after the header. */
struct frame {
	struct virtio_net_hdr header;
	struct iovec *iov;
	uint32_t n;
	uint64_t len;
};

/* Take @len bytes off the front; the first @keep of them are copied to @to. */
static void take(struct frame *f, void *to, size_t keep, size_t len)
{
	iov_gather(to, keep, f->iov, f->n);
	iov_skip(&f->iov, &f->n, len);
	f->len -= len;
}

/* Whether @type says how to cut the frame, and that was negotiated. */
static bool is_segmentation(const struct net *net, uint8_t type)
{
	switch (type) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return virtio_has(&net->dev, VIRTIO_NET_F_HOST_TSO4);
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return virtio_has(&net->dev, VIRTIO_NET_F_HOST_TSO6);
	default:
		return false;
	}
}

/*
 * Whether the header asks for something although no offload was negotiated.
 * All offloads need VIRTIO_NET_F_CSUM.  Drivers that know none may leave
 * anything in these fields, and other devices never read them then.
 */
static bool is_unasked(const struct net *net, const struct virtio_net_hdr *h)
{
	return !virtio_has(&net->dev, VIRTIO_NET_F_CSUM) &&
	       ((h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
		h->gso_type != VIRTIO_NET_HDR_GSO_NONE);
}

/*
 * Read what the header asks for.  Returns NULL, or what is wrong with it.
 * Unknown flags are ignored, and so is hdr_len, which is a hint: 5.1.6.2.2.
 */
static const char *read_offload(const struct net *net, const struct frame *f,
				struct netdev_offload *offload)
{
	const struct virtio_net_hdr *h = &f->header;

	*offload = (struct netdev_offload){ .checksum = false };
	if (is_unasked(net, h))
		return NULL;
	offload->checksum = h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (offload->checksum) {
		if (h->csum_start + h->csum_offset + UINT64_C(2) > f->len)
			return "wants its checksum outside of itself";
		offload->csum_start = h->csum_start;
		offload->csum_offset = h->csum_offset;
	}
	if (h->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return NULL;
	if (!is_segmentation(net, h->gso_type))
		return "asks for a segmentation that was not negotiated";
	if (!offload->checksum || !h->gso_size)
		return "asks for segments without a checksum or a size";
	offload->segment = h->gso_size;
	return NULL;
}

static void drop(struct net *net, uint64_t *counter, const char *why)
{
	count_add(counter, 1);
	log_guest(&net->tx.limit, "virtio-net: dropped a frame that %s", why);
}

/* Only the longer form of the header has @header's last field: 5.1.6.2.1. */
static void lint(struct net *net, const struct vq_buf *buf, size_t header_len,
		 const struct virtio_net_hdr_mrg_rxbuf *header)
{
	if (header_len == sizeof(*header) && header->num_buffers)
		virtio_lint(&net->dev, LINT_NUM_BUFFERS, NULL);
	if (buf->n_in)
		virtio_lint(&net->dev, LINT_WRITABLE, NULL);
	if (is_unasked(net, &header->hdr))
		virtio_lint(&net->dev, LINT_OFFLOAD, NULL);
}

/* Send the frame, or drop it.  False: there is no room now. */
static bool send(struct net *net, const struct vq_buf *buf)
{
	size_t header_len = net_header_len(net);
	struct netdev_offload offload;
	struct virtio_net_hdr_mrg_rxbuf header = { .num_buffers = 0 };
	struct frame f = { .iov = buf->iov,
			   .n = buf->n_out,
			   .len = buf->out_len };
	const char *wrong;

	if (f.len < header_len) {
		drop(net, &net->tx.drop_header, "has no header");
		return true;
	}
	take(&f, &header, header_len, header_len);
	f.header = header.hdr;
	lint(net, buf, header_len, &header);
	wrong = read_offload(net, &f, &offload);
	if (wrong) {
		drop(net, &net->tx.drop_header, wrong);
		return true;
	}
	switch (netdev_tx(net->netdev, f.iov, f.n, &offload)) {
	case NETDEV_FULL:
		count_add(&net->tx.waits, 1);
		return false;
	case NETDEV_BAD:
		drop(net, &net->tx.drop_frame, "has no valid length");
		return true;
	default:
		count_add(&net->tx.frames, 1);
		count_add(&net->tx.bytes, f.len);
		trace_moment(net->dev.trace, net->queue[NET_TX].track,
			     TRACE_FRAME, f.len);
		return true;
	}
}

enum worker_turn net_tx_serve(struct net *net)
{
	struct virtq *vq = &net->queue[NET_TX].vq;
	enum worker_turn turn = WORKER_BUSY;

	for (unsigned i = 0; i < BATCH && turn == WORKER_BUSY; i++) {
		struct vq_buf buf;

		if (vq_pop(vq, &buf, net->tx.iov, net->n_iov) <= 0) {
			turn = WORKER_IDLE;
		} else if (!send(net, &buf)) {
			vq_rewind(vq, &buf);
			turn = WORKER_WAITS;
		} else {
			vq_push(vq, &buf, 0);
		}
	}
	vq_commit(vq);
	netdev_tx_done(net->netdev);
	return turn;
}
