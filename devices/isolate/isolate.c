/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/isolate/isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/util.h"
#include "devices/isolate/backend.h"
#include "devices/net/net_config.h"
#include "devices/net/pcapng.h"

/* How long the process has to end, in milliseconds.  If it takes longer it ends
 * with us. */
enum { PATIENCE_MS = 500 };

static struct isolate *to_isolate(struct netdev *dev)
{
	return (struct isolate *)(void *)dev;
}

/* ---- In the network's process. ---- */

struct birth {
	struct isolate *isolate;
	pid_t parent;
};

/* Nothing is read from stdin, and nothing written to stdout. */
static int leave_stdio(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fd = eventfd(0, EFD_CLOEXEC);
	if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return -errno;
	if (fd > STDOUT_FILENO)
		close(fd);
	return 0;
}

static int open_backend(struct backend *b, const struct isolate *iso)
{
	int err = leave_stdio();

	thread_block_signals();
	if (!err)
		err = iso->plan.open(iso->plan.arg, &b->netdev, b->link->object,
				     b);
	return err;
}

static void say_state(struct backend *b, enum link_state state, int err)
{
	b->link->error = err;
	__atomic_store_n(&b->link->state, state, __ATOMIC_RELEASE);
	raise_event(b->event_fd);
}

static void be_network(void *arg, int fd)
{
	const struct birth *birth = arg;
	struct link *link = birth->isolate->link;
	struct backend b = {
		.link = link,
		.event_fd = fd,
		.from_guest.ring = &link->to_network,
		.to_guest.ring = &link->to_guest,
	};
	int err;

	/* minivmm may have ended before the call. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != birth->parent)
		return;
	prctl(PR_SET_NAME, "network", 0, 0, 0);
	err = open_backend(&b, birth->isolate);
	say_state(&b, err ? LINK_FAILED : LINK_RUNS, err);
	if (!err)
		backend_run(&b);
}

/* ---- In minivmm. ---- */

/* Wait for the back end to be open. */
static int await_open(struct isolate *iso)
{
	struct pollfd fds[2] = { { .fd = iso->event_fd, .events = POLLIN },
				 { .fd = iso->pidfd, .events = POLLIN } };
	uint32_t state;

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	/* Acquire: the error was stored before. */
	state = __atomic_load_n(&iso->link->state, __ATOMIC_ACQUIRE);
	if (state == LINK_RUNS)
		return 0;
	if (state == LINK_FAILED && iso->link->error < 0)
		return iso->link->error;
	return log_fail(-ECHILD, "the network's process has ended at once: use "
				 "--net user,isolate=off");
}

static int watch(const struct isolate *iso, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(iso->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ?
		       -errno :
		       0;
}

int isolate_fork(struct netdev *dev, const int *fds, size_t n)
{
	struct isolate *iso = to_isolate(dev);
	struct birth birth = { iso, getpid() };
	const struct child_work work = {
		.run = be_network,
		.arg = &birth,
		.fds = fds,
		.n_fds = n,
	};
	int err = child_fork(&iso->pid, &iso->pidfd, &work, iso->event_fd);

	if (err)
		return log_fail(err,
				"the network's process can't be started: %s: "
				"use --net user,isolate=off",
				strerror(-err));
	err = await_open(iso);
	/* Edges alone, as it is never read. */
	if (!err)
		err = watch(iso, iso->event_fd, EPOLLIN | EPOLLET);
	if (!err)
		err = watch(iso, iso->pidfd, EPOLLIN | EPOLLONESHOT);
	return err;
}

int isolate_await(struct netdev *dev, size_t n,
		  void (*answered)(void *arg, size_t index), void *arg)
{
	struct isolate *iso = to_isolate(dev);

	if (n > ISOLATE_PORTS_MAX)
		return log_fail(-E2BIG,
				"--wait-port: more than %d ports: use --net "
				"user,isolate=off",
				ISOLATE_PORTS_MAX);
	iso->n_ports = n;
	iso->answered = answered;
	iso->answered_arg = arg;
	return 0;
}

int isolate_start(struct netdev *dev)
{
	struct isolate *iso = to_isolate(dev);
	int err = thread_start(&iso->thread, isolate_rx_run, iso);

	iso->has_thread = !err;
	if (err)
		log_fail(err, "network: %s", thread_failure(err));
	return err;
}

pid_t isolate_pid(const struct netdev *dev)
{
	return ((const struct isolate *)(const void *)dev)->pid;
}

static int start(struct netdev *dev, const struct netdev_nic *nic, unsigned mtu)
{
	struct isolate *iso = to_isolate(dev);

	mtu = MIN(MAX(mtu, (unsigned)NET_MTU_MIN), (unsigned)NET_MTU_MAX);
	pthread_mutex_lock(&iso->lock);
	iso->nic = *nic;
	iso->len_max = SHARED_RECORD_MAX - 65535 + mtu;
	iso->epoch++;
	iso->running = true;
	pthread_mutex_unlock(&iso->lock);
	isolate_tell(iso, (struct shared_head){ .type = LINK_START,
						.arg = mtu,
						.epoch = iso->epoch });
	return 0;
}

static void stop(struct netdev *dev)
{
	struct isolate *iso = to_isolate(dev);
	bool ran = iso->running;

	pthread_mutex_lock(&iso->lock);
	iso->running = iso->waits = iso->captured = false;
	pthread_mutex_unlock(&iso->lock);
	iso->sending = iso->sent = false;
	if (ran)
		isolate_tell(iso, (struct shared_head){ .type = LINK_STOP });
}

static void unplug(struct netdev *dev)
{
	stop(dev);
	isolate_tell(to_isolate(dev),
		     (struct shared_head){ .type = LINK_UNPLUG });
}

static void end_thread(struct isolate *iso)
{
	if (!iso->has_thread)
		return;
	__atomic_store_n(&iso->quit, true, __ATOMIC_RELAXED);
	netdev_rx_room(&iso->dev);
	pthread_join(iso->thread, NULL);
}

static void end_process(struct isolate *iso)
{
	struct pollfd ended = { .fd = iso->pidfd, .events = POLLIN };

	if (!iso->pid)
		return;
	__atomic_store_n(&iso->link->quit, 1, __ATOMIC_RELAXED);
	link_ring(iso->link);
	if (poll(&ended, 1, PATIENCE_MS) == 1)
		child_reap(iso->pid);
	close_fd(&iso->pidfd);
}

static void isolate_free(struct netdev *dev)
{
	struct isolate *iso = to_isolate(dev);

	end_thread(iso);
	end_process(iso);
	if (iso->link)
		munmap(iso->link, iso->link_size);
	close_fd(&iso->event_fd);
	close_fd(&iso->signal_fd);
	close_fd(&iso->epoll_fd);
	close_fd(&iso->dev.wake_fd);
	pthread_mutex_destroy(&iso->lock);
	pthread_mutex_destroy(&iso->capturing);
	free(iso);
}

#define OF(field) offsetof(struct isolate, field), COUNT_SUM

static const struct count_spec specs[] = {
	{ "tx_wakes", "times the process had to be woken for a frame",
	  OF(rings) },
	{ "tx_ring_full", "times a frame had to wait for the process",
	  OF(tx_full) },
	{ "tx_drop_dead", "frames from the guest after the process had ended",
	  OF(tx_dropped) },
	{ "turns", "times our thread was woken by it, or by the guest",
	  OF(wakes) },
	{ "rx_waited", "frames for which the guest had no room at first",
	  OF(rx_waited) },
	{ "rx_drop_age", "frames dropped after waiting for room for a second",
	  OF(rx_aged) },
};

const struct count_table isolate_counters = { "network-process", specs,
					      ARRAY_SIZE(specs) };

static const struct netdev_ops isolate_ops = {
	.start = start,
	.stop = stop,
	.tx = isolate_tx,
	.tx_done = isolate_tx_done,
	.unplug = unplug,
	.own_counters = &isolate_counters,
	.free = isolate_free,
};

/* The kernel keeps a signal that is ignored by default only while it is
 * blocked. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int open_link(struct isolate *iso)
{
	void *mem;
	int err;

	iso->link_size = sizeof(struct link) + iso->plan.object_size;
	mem = mmap(NULL, iso->link_size, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return -errno;
	iso->link = mem;
	iso->tx.ring = &iso->link->to_network;
	iso->rx.ring = &iso->link->to_guest;
	iso->dev.object = iso->link->object;
	iso->dev.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	iso->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	iso->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	iso->signal_fd = open_signals();
	if (iso->dev.wake_fd < 0 || iso->event_fd < 0 || iso->epoll_fd < 0 ||
	    iso->signal_fd < 0)
		return -errno;
	err = watch(iso, iso->dev.wake_fd, EPOLLIN);
	return err ? err : watch(iso, iso->signal_fd, EPOLLIN);
}

int isolate_open(struct netdev **dev, const struct isolate_plan *plan)
{
	struct isolate *iso;
	int err;

	iso = calloc(1, sizeof(*iso));
	if (!iso)
		return -ENOMEM;
	*iso = (struct isolate){
		.dev = { .ops = &iso->ops, .wake_fd = -1 },
		.ops = isolate_ops,
		.plan = *plan,
		.event_fd = -1,
		.signal_fd = -1,
		.epoll_fd = -1,
		.pidfd = -1,
	};
	iso->ops.counters = plan->counters;
	pthread_mutex_init(&iso->lock, NULL);
	pthread_mutex_init(&iso->capturing, NULL);
	err = open_link(iso);
	if (err) {
		isolate_free(&iso->dev);
		return log_fail(err,
				"the network's process: %s: use --net "
				"user,isolate=off",
				strerror(-err));
	}
	if (plan->capture)
		pcapng_begin(plan->capture);
	*dev = &iso->dev;
	return 0;
}
