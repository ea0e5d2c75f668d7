/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/tx.h"

#include <string.h>

#include "base/count.h"
#include "base/iov.h"
#include "devices/firewall/checksum.h"
#include "devices/firewall/packet.h"
#include "devices/slirp/input.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/poll.h"
#include "devices/slirp/udp.h"

static struct slirp_net *to_net(struct netdev *dev)
{
	return (struct slirp_net *)(void *)dev;
}

/* ---- From the ring to libslirp, in the place of net-rx. ---- */

static void wake(struct slirp_net *net)
{
	count_add(&net->tx.wakes, 1);
	netdev_rx_room(&net->dev);
}

/* Whether net-rx may sleep for as long as it meant to. */
static bool is_settled(struct slirp_net *net)
{
	uint64_t deadline = slirp_loop_prepare(net);

	return frame_ring_sleep(&net->tx.ring) &&
	       deadline >= net->loop.deadline_ns;
}

/* Handle the events for which net-rx would wake up at once.  True if there were
 * any. */
static bool take_what_is_there(struct slirp_net *net)
{
	if (!slirp_watch_look(net))
		return false;
	slirp_poll_tell(net);
	slirp_udp_receive(net);
	slirp_watch_done(net);
	slirp_deliver_done(net);
	return true;
}

static void settle(struct slirp_net *net)
{
	bool settled = is_settled(net);

	if (take_what_is_there(net))
		settled = is_settled(net);
	/* It waits for more events, or fewer, while it goes on sleeping. */
	if (slirp_watch_commit(net) && settled)
		return;
	net->loop.deadline_ns = 0;
	wake(net);
}

/* If net-rx sleeps, do what it would do with the frames in the ring.  Wake it
 * if it now would have to wait for something else. */
static void pass_on(struct slirp_net *net)
{
	if (pthread_mutex_trylock(&net->loop.lock) != 0) {
		/* It may be just about to sleep. */
		wake(net);
		return;
	}
	net->now_ns = now_ns();
	/* This tells libslirp the time; net-rx may have slept for long. */
	slirp_poll_tell(net);
	slirp_input_take(net);
	/* Unless net-rx was woken before and is on its way. */
	if (net->loop.deadline_ns)
		settle(net);
	pthread_mutex_unlock(&net->loop.lock);
}

/* ---- From the card into the ring. ---- */

static enum netdev_tx bad(struct slirp_net *net)
{
	count_add(&net->tx.bad, 1);
	return NETDEV_BAD;
}

static void hand_on(struct slirp_net *net)
{
	if (net->tx.sending)
		pass_on(net);
	net->tx.sending = false;
}

enum netdev_tx slirp_tx(struct netdev *dev, const struct iovec *iov, unsigned n,
			const struct netdev_offload *offload)
{
	struct slirp_net *net = to_net(dev);
	size_t len = ether_length(iov, n);
	uint8_t *frame;

	if (!len)
		return bad(net);
	frame = frame_ring_put(&net->tx.ring, len);
	if (!frame) {
		count_add(&net->tx.full, 1);
		return NETDEV_FULL;
	}
	iov_gather(frame, len, iov, n);
	if (offload->checksum &&
	    checksum_complete(frame, len, offload->csum_start,
			      offload->csum_offset) < 0)
		return bad(net);
	if (frame_ring_put_end(
		    &net->tx.ring,
		    (struct frame_head){ (uint32_t)len, offload->segment }))
		net->tx.sending = true;
	/* The guest may be waiting for an answer to the first frame, so that is
	 * passed on at once; the others follow together. */
	if (!net->tx.sent)
		hand_on(net);
	net->tx.sent = true;
	return NETDEV_SENT;
}

void slirp_tx_done(struct netdev *dev)
{
	struct slirp_net *net = to_net(dev);

	hand_on(net);
	net->tx.sent = false;
}
