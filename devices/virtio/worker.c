/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/virtio/worker.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/log.h"
#include "base/thread.h"
#include "base/trace.h"
#include "base/util.h"
#include "devices/virtio/virtio.h"

static void drain(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0)
		return;
}

/* Add @bits to one of the requests. */
static void post(struct virtio_worker *w, uint32_t *requests, uint32_t bits)
{
	pthread_mutex_lock(&w->lock);
	*requests |= bits;
	pthread_mutex_unlock(&w->lock);
	raise_event(w->wake);
}

/* The queues that are ours, those of them to look at, and those that were
 * asked for and are not given back yet; a bit each. */
struct queues {
	uint32_t running, ready, stopping;
	/* Those whose doorbell poll(2) has found to be rung, and whether it has
	 * found requests.  Only these descriptors are drained: what comes later
	 * ends the next poll(2), so a turn costs no system call in vain. */
	uint32_t rung;
	bool asked;
};

static void take_up(const struct virtio_worker *w, struct queues *q, unsigned i)
{
	if (!w->ops->start || w->ops->start(w->dev, i))
		q->running |= BIT(i);
	q->ready |= q->running & BIT(i);
}

/* If the device can, or else later. */
static void give_back(const struct virtio_worker *w, struct queues *q,
		      unsigned i)
{
	q->running &= ~BIT(i);
	q->ready &= ~BIT(i);
	q->rung &= ~BIT(i);
	if (w->ops->stop && !w->ops->stop(w->dev, i))
		return;
	q->stopping &= ~BIT(i);
	virtio_queue_stopped(w->dev, i);
}

/*
 * Takes up and gives back queues; false: the end.  A queue in both masks was
 * lent and asked for again before we looked; the other order does not occur,
 * since it is not lent again before it has been given back.
 */
static bool take_requests(struct virtio_worker *w, struct queues *q)
{
	uint32_t start, stop;
	bool quit;

	if (q->asked)
		drain(w->wake);
	q->asked = false;
	pthread_mutex_lock(&w->lock);
	stop = w->stop;
	start = w->start & ~stop;
	q->stopping |= stop;
	q->ready |= w->again & q->running;
	quit = w->quit;
	w->start = w->stop = w->again = 0;
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->dev->n_queues; i++) {
		if (start & BIT(i))
			take_up(w, q, i);
		if (q->stopping & BIT(i))
			give_back(w, q, i);
	}
	return !quit;
}

/* With nothing more to do, look for more while kicks are still not asked for:
 * but only when that may pay, and there was something to do. */
static bool poll_queue(struct virtio_worker *w, unsigned i, bool worked)
{
	struct busy_poll *busy_poll = &w->busy_poll[i];
	bool paid;

	if (!w->looks || !worked || !busy_poll_try(busy_poll))
		return false;
	paid = vq_poll(&w->dev->queue[i].vq, w->looks);
	busy_poll_learn(busy_poll, paid);
	return paid;
}

/* Drain the doorbell, if it was rung; returns how often. */
static uint64_t take_kicks(const struct virtio_queue *q, bool rung)
{
	uint64_t kicks;

	if (!rung || read(q->doorbell, &kicks, sizeof(kicks)) < 0)
		return 0;
	return kicks;
}

/* Drain the doorbell, serve, ask for kicks and look again: in this order no
 * buffer goes unnoticed.  True: there is more to do. */
static bool serve(struct virtio_worker *w, struct queues *queues, unsigned i)
{
	struct virtio_queue *q = &w->dev->queue[i];
	uint16_t seen = q->vq.seen;
	struct trace *trace = w->dev->trace;
	uint64_t begun = trace_begin(trace), kicks;
	enum worker_turn turn;

	kicks = take_kicks(q, queues->rung & BIT(i));
	queues->rung &= ~BIT(i);
	if (kicks)
		trace_moment(trace, q->track, TRACE_KICK, kicks);
	vq_kicked(&q->vq, kicks);
	vq_mute(&q->vq);
	turn = w->ops->serve(w->dev, i);
	virtio_queue_waits(q, turn == WORKER_WAITS || turn == WORKER_PENDING);
	if (turn == WORKER_IDLE && poll_queue(w, i, q->vq.seen != seen))
		turn = WORKER_BUSY;
	if ((turn == WORKER_IDLE || turn == WORKER_PENDING) && vq_arm(&q->vq))
		turn = WORKER_BUSY;
	if (q->vq.broken)
		virtio_broken(w->dev, i);
	virtio_worked(w->dev);
	trace_span(trace, q->track, TRACE_TURN, 0, begun);
	return turn == WORKER_BUSY;
}

/* Sleeps until there is a request or a kick; without a kick a queue that was
 * served is of no interest. */
static void wait_for_work(const struct virtio_worker *w, struct queues *q)
{
	struct pollfd fds[WORKER_QUEUES_MAX + 1];
	unsigned n = w->dev->n_queues;

	for (unsigned i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = q->running & BIT(i) ? w->dev->queue[i].doorbell :
						    -1,
			.events = POLLIN
		};
	fds[n] = (struct pollfd){ .fd = w->wake, .events = POLLIN };
	if (poll(fds, n + 1, -1) < 0)
		return;
	for (unsigned i = 0; i < n; i++)
		if (fds[i].revents)
			q->rung |= BIT(i);
	q->ready |= q->rung;
	q->asked = fds[n].revents;
}

static void *run(void *arg)
{
	struct virtio_worker *w = arg;
	struct queues q = { 0 };

	thread_begin(w->name, w->ops->kind);
	while (take_requests(w, &q)) {
		for (unsigned i = 0; i < w->dev->n_queues; i++)
			if (q.ready & BIT(i) && !serve(w, &q, i))
				q.ready &= ~BIT(i);
		if (!q.ready)
			wait_for_work(w, &q);
	}
	return NULL;
}

/* For a guest to answer while we look, it needs a processor, too. */
static bool has_two_cpus(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 &&
	       CPU_COUNT(&cpus) > 1;
}

int virtio_worker_init(struct virtio_worker *worker, const char *name,
		       struct virtio_device *dev,
		       const struct virtio_worker_ops *ops)
{
	int err = 0;

	assert(dev->n_queues <= WORKER_QUEUES_MAX);
	*worker = (struct virtio_worker){
		.name = name,
		.dev = dev,
		.ops = ops,
		.looks = has_two_cpus() ? ops->looks : 0,
	};
	worker->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->wake < 0)
		return log_fail(-errno, "%s: %s: raise `ulimit -n`", name,
				strerror(errno));
	pthread_mutex_init(&worker->lock, NULL);
	err = -pthread_create(&worker->thread, NULL, run, worker);
	if (!err)
		return 0;
	log_err("%s: %s", name, thread_failure(err));
	pthread_mutex_destroy(&worker->lock);
	close_fd(&worker->wake);
	return err;
}

void virtio_worker_free(struct virtio_worker *worker)
{
	post(worker, &worker->quit, 1);
	pthread_join(worker->thread, NULL);
	pthread_mutex_destroy(&worker->lock);
	close_fd(&worker->wake);
}

void virtio_worker_start(struct virtio_worker *worker, unsigned queue)
{
	post(worker, &worker->start, BIT(queue));
}

void virtio_worker_stop(struct virtio_worker *worker, unsigned queue)
{
	post(worker, &worker->stop, BIT(queue));
}

void virtio_worker_again(struct virtio_worker *worker, unsigned queue)
{
	post(worker, &worker->again, BIT(queue));
}
