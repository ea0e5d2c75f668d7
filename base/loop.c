/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "base/util.h"

/* How often to look whether the process was stopped, and by how much a wake-up
 * must be late to prove it: the scheduler alone may be a little late. */
#define BEAT_NS NSEC_PER_SEC
#define LATE_NS NSEC_PER_SEC

static void drain(void *arg, short revents)
{
	struct loop *loop = arg;
	uint64_t count;

	(void)revents;
	if (read(loop->wake.fd, &count, sizeof(count)) < 0)
		return;
}

int loop_init(struct loop *loop)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int err = fd < 0 ? -errno : 0;

	*loop = (struct loop){ .wake = { .fd = fd,
					 .events = POLLIN,
					 .ready = drain,
					 .arg = loop } };
	loop->work_tail = &loop->work;
	pthread_mutex_init(&loop->lock, NULL);
	if (!err)
		err = loop_reserve(loop, 0);
	if (!err)
		loop_add(loop, &loop->wake);
	return err;
}

int loop_reserve(struct loop *loop, size_t n)
{
	size_t room = LOOP_ROOM + n;
	struct pollfd *pfd = reallocarray(loop->pfd, room, sizeof(*pfd));
	struct loop_fd **src;

	if (!pfd)
		return -ENOMEM;
	loop->pfd = pfd;
	src = reallocarray(loop->src, room, sizeof(struct loop_fd *));
	if (!src)
		return -ENOMEM;
	loop->src = src;
	loop->room = room;
	return 0;
}

void loop_free(struct loop *loop)
{
	close_fd(&loop->wake.fd);
	free(loop->pfd);
	free(loop->src);
	loop->pfd = NULL;
	loop->src = NULL;
	pthread_mutex_destroy(&loop->lock);
}

void loop_quit(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	loop->quit = true;
	pthread_mutex_unlock(&loop->lock);
	raise_event(loop->wake.fd);
}

void loop_add(struct loop *loop, struct loop_fd *src)
{
	assert(!src->added && loop->n_fds < loop->room);
	src->added = true;
	src->next = loop->fds;
	loop->fds = src;
	loop->n_fds++;
}

void loop_remove(struct loop *loop, struct loop_fd *src)
{
	struct loop_fd **p = &loop->fds;

	while (*p && *p != src)
		p = &(*p)->next;
	if (*p) {
		*p = src->next;
		loop->n_fds--;
	}
	src->added = false;
}

void loop_arm(struct loop *loop, struct loop_timer *timer, uint64_t deadline_ns)
{
	timer->deadline_ns = deadline_ns;
	if (timer->armed)
		return;
	timer->armed = true;
	timer->next = loop->timers;
	loop->timers = timer;
}

void loop_disarm(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **p = &loop->timers;

	while (*p && *p != timer)
		p = &(*p)->next;
	if (*p)
		*p = timer->next;
	timer->armed = false;
}

void loop_post(struct loop *loop, struct loop_work *work)
{
	bool was_queued;

	pthread_mutex_lock(&loop->lock);
	was_queued = work->queued;
	if (!was_queued) {
		work->queued = true;
		work->next = NULL;
		*loop->work_tail = work;
		loop->work_tail = &work->next;
	}
	pthread_mutex_unlock(&loop->lock);
	if (!was_queued)
		raise_event(loop->wake.fd);
}

void loop_cancel(struct loop *loop, struct loop_work *work)
{
	struct loop_work **p = &loop->work;

	pthread_mutex_lock(&loop->lock);
	while (*p && *p != work)
		p = &(*p)->next;
	if (*p) {
		*p = work->next;
		if (!*p)
			loop->work_tail = p;
	}
	work->queued = false;
	pthread_mutex_unlock(&loop->lock);
}

/* Takes the first posted call off the queue; NULL when there is none. */
static struct loop_work *take_work(struct loop *loop)
{
	struct loop_work *work;

	pthread_mutex_lock(&loop->lock);
	work = loop->work;
	if (work) {
		loop->work = work->next;
		if (!loop->work)
			loop->work_tail = &loop->work;
		work->queued = false;
	}
	pthread_mutex_unlock(&loop->lock);
	return work;
}

static void run_work(struct loop *loop)
{
	struct loop_work *work;

	while ((work = take_work(loop)))
		work->fn(work->arg);
}

static bool is_held(const struct loop *loop, const struct loop_timer *timer)
{
	return loop->held_ns && timer->limit;
}

/* Runs the timers that are due.  A callback may arm or disarm any timer, so
 * the list is searched anew after each. */
static void run_timers(struct loop *loop, uint64_t now)
{
	struct loop_timer *t = loop->timers;

	while (t) {
		if (t->deadline_ns > now || is_held(loop, t)) {
			t = t->next;
			continue;
		}
		loop_disarm(loop, t);
		t->expired(t->arg);
		t = loop->timers;
	}
}

/* When poll is to wake up at the latest; UINT64_MAX: never. */
static uint64_t next_wake(const struct loop *loop, uint64_t now)
{
	uint64_t first = UINT64_MAX;

	for (const struct loop_timer *t = loop->timers; t; t = t->next) {
		if (is_held(loop, t))
			continue;
		first = MIN(first, t->deadline_ns);
		if (t->limit)
			first = MIN(first, now + BEAT_NS);
	}
	return MAX(first, now);
}

/* Sleeps until @wake_ns, or something is ready: returns how many are. */
static int sleep_until(struct loop *loop, size_t n, uint64_t wake_ns,
		       uint64_t now)
{
	uint64_t wait = wake_ns - now;
	const struct timespec ts = {
		.tv_sec = (time_t)(wait / NSEC_PER_SEC),
		.tv_nsec = (long)(wait % NSEC_PER_SEC),
	};

	return ppoll(loop->pfd, n, wake_ns == UINT64_MAX ? NULL : &ts, NULL);
}

static void put_off_limits(struct loop *loop, uint64_t ns)
{
	for (struct loop_timer *t = loop->timers; t; t = t->next)
		if (t->limit)
			t->deadline_ns += ns;
}

void loop_hold(struct loop *loop)
{
	if (!loop->held_ns)
		loop->held_ns = now_ns();
}

uint64_t loop_release(struct loop *loop)
{
	uint64_t ns = loop->held_ns ? now_ns() - loop->held_ns : 0;

	put_off_limits(loop, ns);
	loop->held_ns = 0;
	return ns;
}

/* The loop woke up so much too late that the process must have been stopped.
 * While limits are held that makes no difference. */
static void put_off(struct loop *loop, uint64_t ns)
{
	if (loop->held_ns)
		return;
	put_off_limits(loop, ns);
	if (loop->stopped)
		loop->stopped(loop->stopped_arg, ns);
}

/* Calls what poll found ready.  A callback may remove any source, so each is
 * looked up again by address before it is called. */
static void dispatch(struct loop *loop, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct pollfd *pfd = &loop->pfd[i];
		struct loop_fd *s = loop->fds;

		if (!pfd->revents)
			continue;
		while (s && s != loop->src[i])
			s = s->next;
		if (s && s->fd == pfd->fd)
			s->ready(s->arg, pfd->revents);
	}
}

static void turn(struct loop *loop)
{
	uint64_t before = now_ns(), wake_ns = next_wake(loop, before), now;
	size_t n = 0;
	int ready;

	for (struct loop_fd *s = loop->fds; s; s = s->next) {
		if (!s->events)
			continue;
		loop->src[n] = s;
		loop->pfd[n++] =
			(struct pollfd){ .fd = s->fd, .events = s->events };
	}
	ready = sleep_until(loop, n, wake_ns, before);
	now = now_ns();
	if (now > wake_ns && now - wake_ns > LATE_NS)
		put_off(loop, now - wake_ns);
	if (ready > 0)
		dispatch(loop, n);
	run_timers(loop, now_ns());
	run_work(loop);
}

static bool quitting(struct loop *loop)
{
	bool quit;

	pthread_mutex_lock(&loop->lock);
	quit = loop->quit;
	loop->quit = false;
	pthread_mutex_unlock(&loop->lock);
	return quit;
}

void loop_run(struct loop *loop)
{
	do
		turn(loop);
	while (!quitting(loop));
}
