/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/deadline.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/thread.h"
#include "base/util.h"

/* How long the last words may take. */
#define LAST_WORDS_NS (150 * NSEC_PER_MSEC)

/* If a sleep ends so much too late, the process was stopped.  Then everybody
 * gets AGAIN_NS more. */
#define LATE_NS	 (500 * NSEC_PER_MSEC)
#define AGAIN_NS (500 * NSEC_PER_MSEC)

static struct timespec to_timespec(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NSEC_PER_SEC),
				  .tv_nsec = (long)(ns % NSEC_PER_SEC) };
}

void deadline_lock(struct deadline *deadline)
{
	pthread_mutex_lock(&deadline->lock);
	if (!deadline->over)
		return;
	pthread_mutex_unlock(&deadline->lock);
	for (;;)
		pause();
}

void deadline_unlock(struct deadline *deadline)
{
	pthread_mutex_unlock(&deadline->lock);
}

/* Under the lock. */
static uint64_t due(const struct deadline *d)
{
	return MAX(MIN(d->plan_ns, d->haste_ns), d->again_ns);
}

uint64_t deadline_at(struct deadline *deadline)
{
	uint64_t at;

	pthread_mutex_lock(&deadline->lock);
	at = due(deadline);
	pthread_mutex_unlock(&deadline->lock);
	return at;
}

static void *speak(void *arg)
{
	struct deadline *d = arg;

	thread_begin("last-words", THREAD_MAIN);
	/* Nothing changes these any more: all threads that might are
	 * stopped. */
	d->ops->last_words(d->arg, d->step);
	pthread_mutex_lock(&d->lock);
	d->spoken = true;
	pthread_cond_signal(&d->spoken_cond);
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

static void end(struct deadline *d)
{
	struct timespec until = to_timespec(now_ns() + LAST_WORDS_NS);
	pthread_t speaker;
	int err;

	d->ops->overdue(d->arg);
	err = thread_start(&speaker, speak, d);
	if (!err)
		pthread_detach(speaker);
	pthread_mutex_lock(&d->lock);
	while (!d->spoken && !err)
		err = pthread_cond_timedwait(&d->spoken_cond, &d->lock, &until);
	d->ops->end(d->arg);
}

/* Sleep until @at_ns, until the times change, or until the descriptor is
 * ready. */
static void await(struct deadline *d, uint64_t at_ns)
{
	struct pollfd fds[] = {
		{ .fd = d->wake, .events = POLLIN },
		{ .fd = d->fd, .events = POLLIN },
	};
	uint64_t now = now_ns(), count;
	struct timespec left = to_timespec(at_ns > now ? at_ns - now : 0);

	if (ppoll(fds, ARRAY_SIZE(fds), at_ns == DEADLINE_NEVER ? NULL : &left,
		  NULL) <= 0)
		return;
	if (fds[0].revents && read(d->wake, &count, sizeof(count)) < 0)
		return;
	if (fds[1].revents)
		d->ops->ready(d->arg);
}

/* Under the lock: whether the time is over and the process was not stopped
 * meanwhile. */
static bool is_over(struct deadline *d)
{
	uint64_t now = now_ns(), at = due(d);

	if (now < at)
		return false;
	if (now - at < LATE_NS)
		return true;
	d->again_ns = now + AGAIN_NS;
	return false;
}

static void *run(void *arg)
{
	struct deadline *d = arg;
	bool closing;

	thread_begin("deadline", THREAD_MAIN);
	for (;;) {
		pthread_mutex_lock(&d->lock);
		closing = d->closing;
		d->over = !closing && is_over(d);
		pthread_mutex_unlock(&d->lock);
		if (closing)
			return NULL;
		/* Only this thread writes it. */
		if (d->over)
			end(d);
		await(d, deadline_at(d));
	}
}

int deadline_open(struct deadline *deadline, int fd,
		  const struct deadline_ops *ops, void *arg)
{
	pthread_condattr_t attr;
	int err;

	*deadline = (struct deadline){ .ops = ops,
				       .arg = arg,
				       .fd = fd,
				       .plan_ns = DEADLINE_NEVER,
				       .haste_ns = DEADLINE_NEVER,
				       .step = "the start" };
	deadline->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (deadline->wake < 0)
		return -errno;
	pthread_mutex_init(&deadline->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&deadline->spoken_cond, &attr);
	pthread_condattr_destroy(&attr);
	err = deadline_resume(deadline);
	if (err)
		close_fd(&deadline->wake);
	return err;
}

void deadline_plan(struct deadline *deadline, uint64_t at_ns)
{
	deadline_lock(deadline);
	deadline->plan_ns = at_ns;
	deadline_unlock(deadline);
	raise_event(deadline->wake);
}

void deadline_hasten(struct deadline *deadline, uint64_t at_ns)
{
	pthread_mutex_lock(&deadline->lock);
	deadline->haste_ns = MIN(deadline->haste_ns, at_ns);
	pthread_mutex_unlock(&deadline->lock);
	raise_event(deadline->wake);
}

void deadline_put_off(struct deadline *deadline, uint64_t ns)
{
	deadline_lock(deadline);
	if (deadline->plan_ns != DEADLINE_NEVER)
		deadline->plan_ns += ns;
	if (deadline->haste_ns != DEADLINE_NEVER)
		deadline->haste_ns += ns;
	deadline_unlock(deadline);
	raise_event(deadline->wake);
}

void deadline_step(struct deadline *deadline, const char *step)
{
	deadline_lock(deadline);
	deadline->step = step;
	deadline_unlock(deadline);
}

void deadline_pause(struct deadline *deadline)
{
	if (!deadline->runs)
		return;
	deadline_lock(deadline);
	deadline->closing = true;
	deadline_unlock(deadline);
	raise_event(deadline->wake);
	pthread_join(deadline->thread, NULL);
	deadline->runs = false;
	deadline->closing = false;
}

int deadline_resume(struct deadline *deadline)
{
	int err = thread_start(&deadline->thread, run, deadline);

	deadline->runs = !err;
	return err;
}

void deadline_close(struct deadline *deadline)
{
	deadline_pause(deadline);
	pthread_cond_destroy(&deadline->spoken_cond);
	pthread_mutex_destroy(&deadline->lock);
	close_fd(&deadline->wake);
}
