/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/sink.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/sink_queue.h"
#include "base/thread.h"

/* The most bytes for one write(2).  It is small, so that a reader that empties
 * a pipe slowly is seen to make progress. */
#define SINK_PIECE 4096

/* How often the patience with a reader may end while it is the host that is
 * slow. */
#define SLOW_HOST 20

struct sink {
	pthread_mutex_t lock;
	/* Wakes the thread: there are bytes, a descriptor, or it is to
	 * close. */
	pthread_cond_t work;
	/* From the thread: a write has ended, or everything is done. */
	pthread_cond_t event;
	pthread_t thread;
	char name[64];
	bool keep, started;
	/* See struct sink_config. */
	uint64_t *left_out;
	/* All below under the lock. */
	bool closing, abandoned, done;
	/* The thread is in a write to @fd. */
	bool busy;
	int fd;
	/* Counts writes that wrote something, or failed. */
	uint64_t progress;
	/* Why writing failed. */
	int error;
	/* Which of the two losses was logged. */
	bool dropped_told, error_told;
	/* See sink_listen(); whether there was no room. */
	void (*listener)(void *arg);
	void *listener_arg;
	bool wanted;
	struct sink_queue queue;
};

/* A write failed for good. */
static void fail(struct sink *sink, int error)
{
	if (sink->keep) {
		sink->fd = -1;
		return;
	}
	sink->error = error;
	sink_queue_take(&sink->queue, sink->queue.n_oldest);
	sink->progress++;
}

/* write(2) that waits even if another process has set O_NONBLOCK; -errno.  A
 * pseudo-terminal that nobody has open gives EAGAIN for ever. */
static ssize_t write_waiting(int fd, const uint8_t *buf, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	bool gone = false;
	ssize_t n;

	while ((n = write(fd, buf, len)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || gone)
			break;
		gone = poll(&pfd, 1, -1) == 1 && !(pfd.revents & POLLOUT);
	}
	if (n > 0)
		return n;
	return n < 0 && errno != EAGAIN ? -errno : -EIO;
}

/* Tell the listener if there is room again, or never will be. */
static void tell_listener(struct sink *sink)
{
	if (sink_queue_len(&sink->queue) > SINK_BUFFER / 2 && !sink->error)
		return;
	if (sink->listener && (sink->wanted || sink->error))
		sink->listener(sink->listener_arg);
	sink->wanted = false;
}

/* Writes a piece, without the lock. */
static void write_piece(struct sink *sink)
{
	size_t len;
	const uint8_t *piece = sink_queue_oldest(&sink->queue, &len);
	int fd = sink->fd;
	ssize_t n;

	sink->busy = true;
	pthread_mutex_unlock(&sink->lock);
	n = write_waiting(fd, piece, MIN(len, SINK_PIECE));
	pthread_mutex_lock(&sink->lock);
	sink->busy = false;
	if (n > 0) {
		sink_queue_take(&sink->queue, (size_t)n);
		sink->progress++;
	} else {
		fail(sink, (int)-n);
	}
	tell_listener(sink);
	pthread_cond_broadcast(&sink->event);
}

/* Log what went wrong, each thing once.  Only this thread may wait for a slow
 * stderr, so the lock is released meanwhile. */
static void tell(struct sink *sink)
{
	bool dropped = sink->queue.dropped && !sink->dropped_told;
	int error = sink->error_told ? 0 : sink->error;

	if (!dropped && !error)
		return;
	sink->dropped_told |= dropped;
	sink->error_told |= error != 0;
	pthread_mutex_unlock(&sink->lock);
	if (dropped)
		log_err("%s: the reader is too far behind: output is lost",
			sink->name);
	if (error)
		log_err("%s: cannot write: %s: output is discarded", sink->name,
			strerror(error));
	pthread_mutex_lock(&sink->lock);
}

/* Whether the thread has something to do now. */
static bool runnable(const struct sink *sink)
{
	return sink_queue_len(&sink->queue) && sink->fd >= 0;
}

static void destroy(struct sink *sink)
{
	sink_queue_free(&sink->queue);
	pthread_cond_destroy(&sink->work);
	pthread_cond_destroy(&sink->event);
	pthread_mutex_destroy(&sink->lock);
	free(sink);
}

static void *run(void *arg)
{
	struct sink *sink = arg;
	bool abandoned;

	thread_begin("sink", THREAD_SINK);
	pthread_mutex_lock(&sink->lock);
	while (!sink->abandoned) {
		if (!runnable(sink)) {
			if (sink->closing)
				break;
			pthread_cond_wait(&sink->work, &sink->lock);
			continue;
		}
		if (sink->queue.n_oldest)
			write_piece(sink);
		else
			sink_queue_refill(&sink->queue, &sink->lock);
		tell(sink);
	}
	sink->done = true;
	abandoned = sink->abandoned;
	pthread_cond_broadcast(&sink->event);
	pthread_mutex_unlock(&sink->lock);
	if (abandoned)
		destroy(sink);
	return NULL;
}

int sink_open(struct sink **sink, const struct sink_config *config)
{
	struct sink *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (!s)
		return -ENOMEM;
	snprintf(s->name, sizeof(s->name), "%s", config->name);
	s->keep = config->keep;
	s->left_out = config->left_out;
	s->fd = -1;
	sink_queue_init(&s->queue, config->limit, config->max, config->tail);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->work, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->event, &attr);
	pthread_condattr_destroy(&attr);
	*sink = s;
	return 0;
}

int sink_start(struct sink *sink)
{
	int err;

	if (!sink || sink->started)
		return 0;
	err = thread_start(&sink->thread, run, sink);
	if (err)
		return log_fail(err, "%s: output: %s", sink->name,
				thread_failure(err));
	sink->started = true;
	return 0;
}

void sink_connect(struct sink *sink, int fd)
{
	pthread_mutex_lock(&sink->lock);
	sink->fd = fd;
	pthread_cond_signal(&sink->work);
	pthread_mutex_unlock(&sink->lock);
}

void sink_disconnect(struct sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	sink->fd = -1;
	while (sink->busy)
		pthread_cond_wait(&sink->event, &sink->lock);
	pthread_mutex_unlock(&sink->lock);
}

void sink_write(struct sink *sink, const void *buf, size_t len)
{
	pthread_mutex_lock(&sink->lock);
	sink_queue_write(&sink->queue, buf, len);
	if (sink->fd >= 0)
		pthread_cond_signal(&sink->work);
	pthread_mutex_unlock(&sink->lock);
}

void sink_listen(struct sink *sink, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&sink->lock);
	sink->listener = fn;
	sink->listener_arg = arg;
	pthread_mutex_unlock(&sink->lock);
}

size_t sink_room(struct sink *sink)
{
	uint64_t waiting;

	pthread_mutex_lock(&sink->lock);
	waiting = sink_queue_len(&sink->queue);
	sink->wanted |= waiting >= SINK_BUFFER;
	pthread_mutex_unlock(&sink->lock);
	return waiting < SINK_BUFFER ? SINK_BUFFER - (size_t)waiting : 0;
}

bool sink_failed(struct sink *sink)
{
	bool failed;

	pthread_mutex_lock(&sink->lock);
	failed = sink->error;
	pthread_mutex_unlock(&sink->lock);
	return failed;
}

/* Whether the reader would take something now.  It is not what the thread waits
 * for, then, but a processor or a disk. */
static bool reader_has_room(const struct sink *sink)
{
	struct pollfd pfd = { .fd = sink->fd, .events = POLLOUT };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT);
}

/* Wait until the thread is done.  False: it has bytes to write, but made no
 * progress for @patience_ms; on a host that is busy, SLOW_HOST times that. */
static bool drain(struct sink *sink, unsigned patience_ms)
{
	unsigned slow = 0;

	while (!sink->done) {
		uint64_t seen = sink->progress;
		uint64_t end = now_ns() + patience_ms * UINT64_C(1000000);
		struct timespec until = {
			.tv_sec = (time_t)(end / NSEC_PER_SEC),
			.tv_nsec = (long)(end % NSEC_PER_SEC),
		};
		int err = 0;

		while (!sink->done && sink->progress == seen && !err)
			err = pthread_cond_timedwait(&sink->event, &sink->lock,
						     &until);
		slow = sink->progress == seen ? slow + 1 : 0;
		if (err && sink->progress == seen && runnable(sink) &&
		    (slow == SLOW_HOST || !reader_has_room(sink)))
			return false;
	}
	return true;
}

/* The thread hangs in write(2).  If that ever returns, it frees the sink. */
static int abandon(struct sink *sink, unsigned patience_ms)
{
	bool slow = reader_has_room(sink);

	log_err("%s: %s for %u ms: it missed %" PRIu64 " bytes", sink->name,
		slow ? "the host wrote nothing" : "the reader took nothing",
		slow ? SLOW_HOST * patience_ms : patience_ms,
		sink_queue_len(&sink->queue) + sink->queue.dropped);
	pthread_detach(sink->thread);
	sink->abandoned = true;
	pthread_mutex_unlock(&sink->lock);
	return -ETIMEDOUT;
}

/* -errno if output was lost that was still wanted. */
static int loss(const struct sink *sink)
{
	if (sink->keep)
		return 0;
	if (sink->error && sink->error != EPIPE)
		return sink->error == ETIMEDOUT ? -EIO : -sink->error;
	return sink->queue.dropped ? -ENOBUFS : 0;
}

/* Log how much of the output is missing, and why. */
static void tell_missing(const struct sink *sink, uint64_t left_out)
{
	const struct sink_queue *queue = &sink->queue;

	if (sink_queue_len(queue))
		log_info("%s: nobody read the last %" PRIu64 " bytes",
			 sink->name, sink_queue_len(queue));
	if (queue->dropped)
		log_err("%s: %" PRIu64 " bytes in all were lost", sink->name,
			queue->dropped);
	if (left_out)
		log_warn("%s: more than the %" PRIu64 " bytes of --max-output: "
			 "%" PRIu64 " bytes were left out",
			 sink->name, queue->max, left_out);
}

int sink_close(struct sink *sink, unsigned patience_ms)
{
	uint64_t left_out;
	int err;

	if (!sink)
		return 0;
	err = sink_start(sink);
	if (err) {
		destroy(sink);
		return err;
	}
	pthread_mutex_lock(&sink->lock);
	left_out = sink_queue_finish(&sink->queue);
	if (sink->left_out)
		*sink->left_out += left_out;
	sink->closing = true;
	pthread_cond_signal(&sink->work);
	if (!drain(sink, patience_ms))
		return abandon(sink, patience_ms);
	pthread_mutex_unlock(&sink->lock);
	pthread_join(sink->thread, NULL);
	tell_missing(sink, left_out);
	err = loss(sink);
	destroy(sink);
	return err;
}

int sink_close_file(struct sink *sink, unsigned patience_ms, int *fd,
		    const char *name)
{
	int err = sink_close(sink, patience_ms);

	if (err == -ETIMEDOUT || *fd < 0)
		return err;
	if (close(*fd) < 0 && !err)
		err = log_fail(-errno, "%s: %s", name, strerror(errno));
	*fd = -1;
	return err;
}
