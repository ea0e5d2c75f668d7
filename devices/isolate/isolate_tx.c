/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * isolate_tx.c - the tx worker's side: from the card into the ring
 */
#include "base/count.h"
#include "base/iov.h"
#include "base/util.h"
#include "devices/firewall/checksum.h"
#include "devices/firewall/packet.h"
#include "devices/isolate/isolate.h"

_Static_assert((int)SHARED_RECORD_MAX == (int)ETHER_MAX,
	       "frames fit into records");

static struct isolate *to_isolate(struct netdev *dev)
{
	return (struct isolate *)(void *)dev;
}

/* Room for @len bytes, or NULL.  The network may be found to be dead. */
static uint8_t *put(struct isolate *iso, size_t len, bool urgent)
{
	uint8_t *data = shared_ring_put(&iso->tx, len, urgent);

	if (iso->tx.broken)
		isolate_lost(iso, ISOLATE_NONSENSE);
	return netdev_is_dead(&iso->dev) ? NULL : data;
}

static void hand_on(struct isolate *iso)
{
	if (!iso->sending)
		return;
	count_add(&iso->rings, 1);
	link_ring(iso->link);
	iso->sending = false;
}

/* Try once more after saying that there was no room, so that what is made from
 * here on is told. */
static uint8_t *put_again(struct isolate *iso, size_t len)
{
	count_add(&iso->tx_full, 1);
	__atomic_store_n(&iso->full, true, __ATOMIC_RELAXED);
	return put(iso, len, false);
}

static enum netdev_tx drop(struct isolate *iso)
{
	count_add(&iso->tx_dropped, 1);
	return NETDEV_SENT;
}

enum netdev_tx isolate_tx(struct netdev *dev, const struct iovec *iov,
			  unsigned n, const struct netdev_offload *offload)
{
	struct isolate *iso = to_isolate(dev);
	size_t len = ether_length(iov, n);
	uint8_t *frame;

	if (!len)
		return NETDEV_BAD;
	if (netdev_is_dead(&iso->dev))
		return drop(iso);
	frame = put(iso, len, false);
	if (!frame)
		frame = put_again(iso, len);
	if (!frame)
		return netdev_is_dead(&iso->dev) ? drop(iso) : NETDEV_FULL;
	iov_gather(frame, len, iov, n);
	if (offload->checksum &&
	    checksum_complete(frame, len, offload->csum_start,
			      offload->csum_offset) < 0)
		return NETDEV_BAD;
	isolate_capture(iso, false, frame, len);
	if (shared_ring_put_end(
		    &iso->tx, (struct shared_head){ .type = LINK_FRAME,
						    .len = (uint32_t)len,
						    .arg = offload->segment }))
		iso->sending = true;
	/* The guest may be waiting for an answer to the first frame, so that is
	 * told of at once; the others follow together. */
	if (!iso->sent)
		hand_on(iso);
	iso->sent = true;
	return NETDEV_SENT;
}

void isolate_tx_done(struct netdev *dev)
{
	struct isolate *iso = to_isolate(dev);

	hand_on(iso);
	iso->sent = false;
}

void isolate_tell(struct isolate *isolate, struct shared_head head)
{
	if (netdev_is_dead(&isolate->dev))
		return;
	if (!put(isolate, 0, true)) {
		isolate_lost(isolate, ISOLATE_SILENT);
		return;
	}
	if (shared_ring_put_end(&isolate->tx, head))
		link_ring(isolate->link);
}
