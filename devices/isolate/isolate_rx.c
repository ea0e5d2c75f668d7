/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * isolate_rx.c - the thread net-rx: from the ring to the card
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/count.h"
#include "base/thread.h"
#include "base/util.h"
#include "devices/firewall/packet.h"
#include "devices/isolate/isolate.h"

enum {
	/* How many frames are taken before the card is told of them. */
	BATCH = 64,
	EVENTS = 4,
	/* How long the first frame may wait for the guest's room. */
	AGE_MS = 1000,
	/* How long the process may be stopped: if both were, this one may run
	 * first again. */
	STOPPED_MS = 1000,
};

/* The tx worker may try again. */
static void tell_room(struct isolate *iso)
{
	if (__atomic_exchange_n(&iso->full, false, __ATOMIC_RELAXED) &&
	    iso->running)
		iso->nic.tx_room(iso->nic.arg);
}

/* ---- Records. ---- */

/* False: the guest has no room. */
static bool deliver(struct isolate *iso, const uint8_t *frame, size_t len)
{
	if (!iso->captured)
		isolate_capture(iso, true, frame, len);
	iso->captured = true;
	if (!iso->nic.rx(iso->nic.arg, frame, len)) {
		uint64_t now = now_ns();

		if (!iso->waits) {
			iso->waits_ns = now;
			count_add(&iso->rx_waited, 1);
		}
		iso->waits = true;
		/* It may never have room for a frame so large. */
		if (now - iso->waits_ns < AGE_MS * NSEC_PER_MSEC)
			return false;
		count_add(&iso->rx_aged, 1);
	}
	iso->captured = iso->waits = false;
	return true;
}

static void answered(const struct isolate *iso, size_t index)
{
	if (index < iso->n_ports)
		iso->answered(iso->answered_arg, index);
}

enum taken { TAKEN_NONE, TAKEN_ONE, TAKEN_FRAME, TAKEN_NONSENSE };

static enum taken take(struct isolate *iso)
{
	struct shared_head head;
	const uint8_t *data;
	int rc = shared_ring_take(&iso->rx, &head, &data);

	if (rc <= 0)
		return rc < 0 ? TAKEN_NONSENSE : TAKEN_NONE;
	if (head.type == LINK_ANSWERED) {
		answered(iso, head.arg);
		return TAKEN_ONE;
	}
	if (head.type != LINK_FRAME || head.len < ETHER_HEADER)
		return TAKEN_NONSENSE;
	/* For a driver that is gone, or not there yet. */
	if (!iso->running || head.epoch != iso->epoch)
		return TAKEN_ONE;
	if (head.len > iso->len_max)
		return TAKEN_NONSENSE;
	return deliver(iso, data, head.len) ? TAKEN_FRAME : TAKEN_NONE;
}

static void lose(struct isolate *iso, const char *why)
{
	isolate_lost(iso, why);
	/* What the guest sends is dropped from here on. */
	tell_room(iso);
}

/* Take what is there.  True: there may be more. */
static bool take_all(struct isolate *iso)
{
	enum taken taken = TAKEN_ONE;
	bool any = false;

	for (unsigned i = 0; i < BATCH && taken != TAKEN_NONE; i++) {
		taken = take(iso);
		if (taken == TAKEN_NONSENSE) {
			lose(iso, ISOLATE_NONSENSE);
			break;
		}
		if (taken != TAKEN_NONE && shared_ring_take_end(&iso->rx))
			link_ring(iso->link);
		any |= taken == TAKEN_FRAME;
	}
	if (any)
		iso->nic.rx_done(iso->nic.arg);
	return taken != TAKEN_NONE;
}

/* ---- Events. ---- */

/* Whether the process has come to @what, of waitid(2).  It is not waited for,
 * so it is still to be found by its number. */
static bool has(const struct isolate *iso, int what, siginfo_t *info)
{
	*info = (siginfo_t){ .si_code = 0 };
	return waitid(P_PID, (id_t)iso->pid, info, what | WNOHANG | WNOWAIT) ==
		       0 &&
	       info->si_pid;
}

/* The process has ended; say how. */
static void ended(struct isolate *iso)
{
	char why[80] = "its process has ended";
	siginfo_t info;

	if (has(iso, WEXITED, &info))
		snprintf(why, sizeof(why), "its process ended with %s %d",
			 info.si_code == CLD_EXITED ? "status" : "signal",
			 info.si_status);
	lose(iso, why);
}

/* A child of this process has ended, was stopped, or goes on. */
static void child_changed(struct isolate *iso)
{
	struct signalfd_siginfo signal;
	siginfo_t info;

	if (read(iso->signal_fd, &signal, sizeof(signal)) < 0)
		return;
	iso->stopped_ns = 0;
	if (has(iso, WSTOPPED, &info))
		iso->stopped_ns = now_ns() + STOPPED_MS * NSEC_PER_MSEC;
}

static void look_if_stopped(struct isolate *iso)
{
	siginfo_t info;

	if (!iso->stopped_ns || now_ns() < iso->stopped_ns)
		return;
	iso->stopped_ns = 0;
	if (has(iso, WSTOPPED, &info))
		lose(iso, "its process was stopped");
}

static void kicked(struct isolate *iso)
{
	uint64_t count;

	if (read(iso->dev.wake_fd, &count, sizeof(count)) < 0)
		return;
	if (iso->running && iso->nic.kicked)
		iso->nic.kicked(iso->nic.arg, count % NETDEV_WAKE);
}

static void handle(struct isolate *iso, const struct epoll_event *event)
{
	if (event->data.fd == iso->dev.wake_fd)
		kicked(iso);
	else if (event->data.fd == iso->pidfd)
		ended(iso);
	else if (event->data.fd == iso->signal_fd)
		child_changed(iso);
	else
		tell_room(iso);
}

/* How long to wait, in milliseconds; -1: for events alone. */
static int patience(const struct isolate *iso)
{
	if (iso->waits)
		return AGE_MS;
	return iso->stopped_ns ? STOPPED_MS : -1;
}

/* Sleep, without the lock, until there is something to do. */
static void pause_for(struct isolate *iso, bool more)
{
	struct epoll_event events[EVENTS];
	int timeout, n;

	/* While the guest has no room more frames are of no interest. */
	if (!more && !iso->waits && !netdev_is_dead(&iso->dev))
		more = !shared_ring_sleep(&iso->rx);
	timeout = more ? 0 : patience(iso);
	pthread_mutex_unlock(&iso->lock);
	n = epoll_wait(iso->epoll_fd, events, EVENTS, timeout);
	pthread_mutex_lock(&iso->lock);
	count_add(&iso->wakes, 1);
	shared_ring_wake(&iso->rx);
	for (int i = 0; i < n; i++)
		handle(iso, &events[i]);
	look_if_stopped(iso);
}

void *isolate_rx_run(void *arg)
{
	struct isolate *iso = arg;

	thread_begin("net-rx", THREAD_WORKER);
	pthread_mutex_lock(&iso->lock);
	while (!__atomic_load_n(&iso->quit, __ATOMIC_RELAXED))
		pause_for(iso, !netdev_is_dead(&iso->dev) && take_all(iso));
	pthread_mutex_unlock(&iso->lock);
	return NULL;
}
