/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/slirp/loop.h"

#include "base/count.h"
#include "base/thread.h"
#include "devices/slirp/instance.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/poll.h"
#include "devices/slirp/tftp_service.h"
#include "devices/slirp/timewait.h"
#include "devices/slirp/tx.h"
#include "devices/slirp/udp.h"

/* How often sockets are looked at that epoll does not take. */
#define UNWATCHED_NS (20 * NSEC_PER_MSEC)

/* The time until @deadline in milliseconds; -1: for ever. */
static int time_until(uint64_t deadline)
{
	uint64_t now = now_ns();

	if (deadline == UINT64_MAX)
		return -1;
	if (deadline <= now)
		return 0;
	return (int)MIN((deadline - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC,
			UINT64_C(3600000));
}

/* Wait for events.  True if the eventfd was added to. */
static bool wait(struct slirp_net *net)
{
	struct epoll_event events[SLIRP_EVENTS];
	uint64_t count;
	int timeout, n;
	bool woken, complete;

	net->loop.deadline_ns = slirp_tx_prepare(net);
	complete = slirp_watch_commit(net);
	if (!complete)
		net->loop.deadline_ns =
			MIN(net->loop.deadline_ns, now_ns() + UNWATCHED_NS);
	net->watches.outdated = false;
	timeout = time_until(net->loop.deadline_ns);
	if (!frame_ring_sleep(&net->tx.ring))
		timeout = 0;
	pthread_mutex_unlock(&net->loop.lock);
	n = epoll_wait(net->watches.fd, events, SLIRP_EVENTS, timeout);
	pthread_mutex_lock(&net->loop.lock);
	frame_ring_wake(&net->tx.ring);
	net->now_ns = now_ns();
	woken = slirp_watch_take(net, events, n);
	if (!complete && slirp_watch_look(net))
		woken = woken || slirp_watch_came(net, net->dev.wake_fd);
	if (woken && read(net->dev.wake_fd, &count, sizeof(count)) < 0)
		return false;
	if (woken && net->nic.kicked)
		net->nic.kicked(net->nic.arg, count % NETDEV_WAKE);
	count_add(&net->loop.turns, 1);
	return woken;
}

void slirp_loop_turn(struct slirp_net *net)
{
	bool woken = wait(net);

	if (woken || net->now_ns >= slirp_deliver_deadline(net))
		slirp_deliver_backlog(net);
	/* Before any input, as this tells libslirp the time. */
	slirp_poll_tell(net);
	udp_nat_expire(&net->udp, net->now_ns);
	slirp_udp_receive(net);
	slirp_clock_run(net);
	if (slirp_forwards_settle(net))
		slirp_input_moved(net);
	slirp_forwards_ask(net);
	slirp_watch_done(net);
	slirp_forwards_move(net);
	slirp_services_retry(net);
	slirp_tftp_deliver(net);
	slirp_probes_send(net);
	slirp_keepalive(net);
	slirp_input_take(net);
	slirp_idle_look(net);
}

void *slirp_loop_run(void *arg)
{
	struct slirp_net *net = arg;

	/* SIGPIPE, too: so libslirp's writes fail with EPIPE. */
	thread_block_signals();
	thread_begin("net-rx", THREAD_NET);
	pthread_mutex_lock(&net->loop.lock);
	while (!slirp_loop_is_ending(&net->loop))
		slirp_loop_turn(net);
	pthread_mutex_unlock(&net->loop.lock);
	return NULL;
}
