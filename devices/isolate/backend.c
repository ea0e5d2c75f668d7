/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/isolate/backend.h"

#include <string.h>

#include "base/util.h"
#include "devices/net/netdev.h"

/* ---- The card, to the back end. ---- */

static bool rx(void *arg, const void *frame, size_t len)
{
	struct backend *b = arg;
	uint8_t *data = shared_ring_put(&b->to_guest, len, false);

	if (!data) {
		/* Room may be told of from here on, so look once more. */
		__atomic_store_n(&b->refused, true, __ATOMIC_RELAXED);
		data = shared_ring_put(&b->to_guest, len, false);
	}
	if (!data)
		return false;
	memcpy(data, frame, len);
	if (shared_ring_put_end(&b->to_guest,
				(struct shared_head){ .type = LINK_FRAME,
						      .len = (uint32_t)len,
						      .epoch = b->epoch }))
		b->wake = true;
	return true;
}

static void rx_done(void *arg)
{
	struct backend *b = arg;

	if (b->wake)
		raise_event(b->event_fd);
	b->wake = false;
}

static void tx_room(void *arg)
{
	struct backend *b = arg;

	link_ring(b->link);
}

void backend_answered(void *backend, size_t index)
{
	struct backend *b = backend;
	const struct shared_head head = { .type = LINK_ANSWERED,
					  .arg = (uint32_t)index };

	/* There is room for as many as there can be. */
	if (shared_ring_put(&b->to_guest, 0, true) &&
	    shared_ring_put_end(&b->to_guest, head))
		raise_event(b->event_fd);
}

/* ---- The guest's frames. ---- */

/* False: there is no room, and tx_room() will tell. */
static bool send(struct backend *b, const struct shared_head *head,
		 const uint8_t *data)
{
	const struct iovec iov = { .iov_base = (void *)(uintptr_t)data,
				   .iov_len = head->len };
	const struct netdev_offload offload = { .segment =
							(uint16_t)head->arg };

	return netdev_tx(b->netdev, &iov, 1, &offload) != NETDEV_FULL;
}

/* False: the network can't go on. */
static bool start(struct backend *b, const struct shared_head *head)
{
	const struct netdev_nic nic = {
		.rx = rx, .rx_done = rx_done, .tx_room = tx_room, .arg = b
	};

	netdev_stop(b->netdev);
	b->epoch = head->epoch;
	return netdev_start(b->netdev, &nic, head->arg) == 0;
}

enum turn { TURN_IDLE, TURN_BUSY, TURN_WAITS, TURN_END };

/* How many records are taken before anything else is looked at. */
enum { BATCH = 64 };

/* Do what the record says. */
static enum turn obey(struct backend *b, const struct shared_head *head,
		      const uint8_t *data)
{
	switch (head->type) {
	case LINK_FRAME:
		return send(b, head, data) ? TURN_BUSY : TURN_WAITS;
	case LINK_START:
		return start(b, head) ? TURN_BUSY : TURN_END;
	case LINK_STOP:
		netdev_stop(b->netdev);
		return TURN_BUSY;
	case LINK_UNPLUG:
		netdev_unplug(b->netdev);
		return TURN_BUSY;
	default:
		return TURN_END;
	}
}

/* Take what is in the ring, but not for ever. */
static enum turn serve(struct backend *b)
{
	struct shared_head head;
	const uint8_t *data;
	enum turn turn = TURN_BUSY;

	for (unsigned i = 0; i < BATCH && turn == TURN_BUSY; i++) {
		int rc = shared_ring_take(&b->from_guest, &head, &data);

		if (rc <= 0)
			turn = rc < 0 ? TURN_END : TURN_IDLE;
		else
			turn = obey(b, &head, data);
		if (turn == TURN_BUSY && shared_ring_take_end(&b->from_guest))
			raise_event(b->event_fd);
	}
	netdev_tx_done(b->netdev);
	return turn;
}

static bool is_to_quit(const struct backend *b)
{
	return __atomic_load_n(&b->link->quit, __ATOMIC_RELAXED);
}

void backend_run(struct backend *backend)
{
	struct backend *b = backend;
	enum turn turn = TURN_BUSY;

	while (turn != TURN_END && !is_to_quit(b)) {
		uint32_t seen =
			__atomic_load_n(&b->link->doorbell, __ATOMIC_ACQUIRE);

		if (__atomic_exchange_n(&b->refused, false, __ATOMIC_RELAXED))
			netdev_rx_room(b->netdev);
		turn = serve(b);
		if (turn == TURN_WAITS ||
		    (turn == TURN_IDLE && shared_ring_sleep(&b->from_guest)))
			link_wait(b->link, seen);
		shared_ring_wake(&b->from_guest);
	}
	netdev_free(b->netdev);
}
