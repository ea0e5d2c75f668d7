/* SPDX-License-Identifier: BSD-2-Clause */
/* net_guest_nic.c - the NIC between the back end and the guest */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/net_guest.h"

bool guest_nic_rx(void *arg, const void *frame, size_t len)
{
	struct guest *g = arg;
	struct guest_frame *f;
	bool ok;

	pthread_mutex_lock(&g->lock);
	ok = g->count < g->room && (!g->max_len || len <= g->max_len);
	if (ok) {
		f = &g->queue[(g->head + g->count++) % GUEST_QUEUE];
		f->len = len;
		memcpy(f->data, frame, len);
		g->used_rx++;
		pthread_cond_signal(&g->more);
	} else {
		g->refused = true;
		g->refusals++;
	}
	pthread_mutex_unlock(&g->lock);
	return ok;
}

void guest_nic_rx_done(void *arg)
{
	struct guest *g = arg;

	__atomic_add_fetch(&g->rx_dones, 1, __ATOMIC_RELAXED);
}

void guest_nic_tx_room(void *arg)
{
	struct guest *g = arg;

	pthread_mutex_lock(&g->lock);
	g->tx_rooms++;
	pthread_cond_signal(&g->more);
	pthread_mutex_unlock(&g->lock);
}

void guest_nic_used(void *arg, uint64_t *rx, uint64_t *tx)
{
	struct guest *g = arg;

	pthread_mutex_lock(&g->lock);
	*rx = g->used_rx;
	*tx = __atomic_load_n(&g->used_tx, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&g->lock);
}

unsigned guest_tx_rooms(struct guest *g)
{
	unsigned rooms;

	pthread_mutex_lock(&g->lock);
	rooms = g->tx_rooms;
	pthread_mutex_unlock(&g->lock);
	return rooms;
}

/* How many frames the NIC takes before it refuses, and of what length; 0 is
 * any. */
void guest_set_room_of(struct guest *g, unsigned room, size_t max_len)
{
	bool tell;

	pthread_mutex_lock(&g->lock);
	g->room = room;
	g->max_len = max_len;
	tell = g->refused;
	g->refused = false;
	pthread_mutex_unlock(&g->lock);
	if (tell)
		netdev_rx_room(g->dev);
}

void guest_set_room(struct guest *g, unsigned room)
{
	guest_set_room_of(g, room, 0);
}

/* Copies the next frame; false when none comes within @ms. */
bool guest_take(struct guest *g, struct guest_frame *frame, unsigned ms)
{
	struct timespec until;
	bool got, tell = false;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&g->lock);
	while (!g->count && rc == 0 && ms)
		rc = pthread_cond_timedwait(&g->more, &g->lock, &until);
	got = g->count;
	if (got) {
		struct guest_frame *f = &g->queue[g->head];

		frame->len = f->len;
		memcpy(frame->data, f->data, f->len);
		g->head = (g->head + 1) % GUEST_QUEUE;
		g->count--;
		tell = g->refused;
		g->refused = false;
	}
	pthread_mutex_unlock(&g->lock);
	if (tell)
		netdev_rx_room(g->dev);
	return got;
}

void guest_send_with(struct guest *g, const void *frame, size_t len,
		     const struct netdev_offload *offload)
{
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)frame, MIN(len, (size_t)20) },
		{ (uint8_t *)(uintptr_t)frame + MIN(len, (size_t)20),
		  len - MIN(len, (size_t)20) },
	};
	unsigned tries = 0;
	enum netdev_tx rc;

	while ((rc = netdev_tx(g->dev, iov, 2, offload)) == NETDEV_FULL &&
	       ++tries < GUEST_PATIENCE_MS)
		usleep(1000);
	if (!g->sends_more)
		netdev_tx_done(g->dev);
	ck_assert_int_ne(rc, NETDEV_FULL);
	/* A test may hold the lock, to hold net-rx up. */
	__atomic_add_fetch(&g->used_tx, 1, __ATOMIC_RELAXED);
}

void guest_send(struct guest *g, const void *frame, size_t len)
{
	guest_send_with(g, frame, len, &(struct netdev_offload){ 0 });
}
