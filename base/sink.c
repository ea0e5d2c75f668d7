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
#include "base/spill.h"
#include "base/thread.h"

/* What waits in memory, in bytes, twice: the newest and the oldest. */
#define SINK_BUFFER (64 * KIB)

/* Written at once, in bytes: small, so that a reader of a pipe that takes
 * some of it is seen to make progress. */
#define SINK_PIECE 4096

/*
 * Bytes go from @newest, when it is full, to @spill, and from there to
 * @oldest.  While @spill is empty the two buffers are swapped instead.
 */
struct sink {
	pthread_mutex_t lock;
	/* For the thread: bytes, a descriptor, closing. */
	pthread_cond_t work;
	/* From the thread: a write ended, or all is done. */
	pthread_cond_t event;
	pthread_t thread;
	char name[64];
	bool keep;
	uint64_t max;
	/* See struct sink_config. */
	uint64_t *told_left_out;
	/* All below under the lock. */
	bool closing, abandoned, done;
	/* The thread is in a write to @fd. */
	bool busy;
	int fd;
	/* Writes that got somewhere. */
	uint64_t progress;
	/* Bytes that there was no room for. */
	uint64_t dropped;
	/* Bytes taken, and those that were left out as the limit is @max, of
	 * which the last are in @tail (NULL: they need not be kept). */
	uint64_t taken, left_out;
	uint8_t *tail;
	/* Why writing failed. */
	int error;
	/* Which of the two was spoken of. */
	bool dropped_told, error_told;
	struct spill spill;
	uint8_t *newest, *oldest;
	size_t n_newest;
	/* What of @oldest is still to be written.  Only the thread changes
	 * these and the bytes they denote. */
	size_t oldest_at, n_oldest;
	uint8_t buffers[2][SINK_BUFFER];
};

static uint64_t queued(const struct sink *sink)
{
	return sink->n_oldest + sink->spill.used + sink->n_newest;
}

/* Takes bytes back from disk into the empty @oldest.  The lock is released
 * meanwhile: reading a disk takes its time. */
static void unspill(struct sink *sink)
{
	struct spill spill = sink->spill;
	ssize_t n;
	int fd;

	pthread_mutex_unlock(&sink->lock);
	n = spill_read(&spill, sink->oldest, SINK_BUFFER);
	pthread_mutex_lock(&sink->lock);
	if (n > 0) {
		sink->oldest_at = 0;
		sink->n_oldest = (size_t)n;
	} else {
		n = (ssize_t)MIN(spill.used, SINK_BUFFER);
		sink->dropped += (size_t)n;
	}
	fd = spill_drop(&sink->spill, (size_t)n);
	if (fd < 0)
		return;
	pthread_mutex_unlock(&sink->lock);
	close(fd);
	pthread_mutex_lock(&sink->lock);
}

static void swap(struct sink *sink)
{
	uint8_t *empty = sink->oldest;

	sink->oldest = sink->newest;
	sink->oldest_at = 0;
	sink->n_oldest = sink->n_newest;
	sink->newest = empty;
	sink->n_newest = 0;
}

/* A write failed for good. */
static void fail(struct sink *sink, int error)
{
	if (sink->keep) {
		sink->fd = -1;
		return;
	}
	sink->error = error;
	sink->n_oldest = 0;
	sink->progress++;
}

/* write(2) that waits even if somebody has set O_NONBLOCK; -errno.  A
 * pseudo-terminal that nobody has open says EAGAIN for ever. */
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

/* Writes a piece, without the lock. */
static void write_piece(struct sink *sink)
{
	const uint8_t *piece = sink->oldest + sink->oldest_at;
	size_t len = MIN(sink->n_oldest, SINK_PIECE);
	int fd = sink->fd;
	ssize_t n;

	sink->busy = true;
	pthread_mutex_unlock(&sink->lock);
	n = write_waiting(fd, piece, len);
	pthread_mutex_lock(&sink->lock);
	sink->busy = false;
	if (n > 0) {
		sink->oldest_at += (size_t)n;
		sink->n_oldest -= (size_t)n;
		sink->progress++;
	} else {
		fail(sink, (int)-n);
	}
	pthread_cond_broadcast(&sink->event);
}

/* Says what went wrong, once each; on this thread, which may wait for a slow
 * stderr, and without the lock, for which nobody else may wait. */
static void tell(struct sink *sink)
{
	bool dropped = sink->dropped && !sink->dropped_told;
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

/* Whether the thread can do something now. */
static bool runnable(const struct sink *sink)
{
	return queued(sink) && sink->fd >= 0;
}

static void destroy(struct sink *sink)
{
	spill_free(&sink->spill);
	free(sink->tail);
	pthread_cond_destroy(&sink->work);
	pthread_cond_destroy(&sink->event);
	pthread_mutex_destroy(&sink->lock);
	free(sink);
}

static void *run(void *arg)
{
	struct sink *sink = arg;
	bool abandoned;

	pthread_mutex_lock(&sink->lock);
	while (!sink->abandoned) {
		if (!runnable(sink)) {
			if (sink->closing)
				break;
			pthread_cond_wait(&sink->work, &sink->lock);
			continue;
		}
		if (sink->n_oldest)
			write_piece(sink);
		else if (sink->spill.used)
			unspill(sink);
		else
			swap(sink);
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
	int err;

	if (!s)
		return -ENOMEM;
	snprintf(s->name, sizeof(s->name), "%s", config->name);
	s->keep = config->keep;
	s->max = config->max;
	s->told_left_out = config->left_out;
	if (config->max && config->tail)
		s->tail = malloc(SINK_BUFFER);
	s->fd = -1;
	s->newest = s->buffers[0];
	s->oldest = s->buffers[1];
	spill_init(&s->spill, config->limit);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->work, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->event, &attr);
	pthread_condattr_destroy(&attr);
	err = thread_start(&s->thread, "sink", run, s);
	if (err)
		destroy(s);
	else
		*sink = s;
	return err;
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

/* Moves @newest, which is full, out of memory. */
static void spill(struct sink *sink)
{
	size_t n = spill_put(&sink->spill, sink->newest, sink->n_newest);

	sink->dropped += sink->n_newest - n;
	sink->n_newest = 0;
}

/* Beyond the limit: only the last of it may be wanted. */
static void leave_out(struct sink *sink, const uint8_t *buf, size_t len)
{
	for (size_t i = 0; sink->tail && i < len; i++)
		sink->tail[(sink->left_out + i) % SINK_BUFFER] = buf[i];
	sink->left_out += len;
}

/* Queues, whatever the limit. */
static void put(struct sink *sink, const uint8_t *p, size_t len)
{
	while (len) {
		size_t n;

		if (sink->n_newest == SINK_BUFFER)
			spill(sink);
		n = MIN(len, SINK_BUFFER - sink->n_newest);
		memcpy(sink->newest + sink->n_newest, p, n);
		sink->n_newest += n;
		p += n;
		len -= n;
	}
}

void sink_write(struct sink *sink, const void *buf, size_t len)
{
	pthread_mutex_lock(&sink->lock);
	if (sink->left_out || (sink->max && len > sink->max - sink->taken)) {
		leave_out(sink, buf, len);
	} else {
		sink->taken += len;
		put(sink, buf, len);
	}
	if (sink->fd >= 0)
		pthread_cond_signal(&sink->work);
	pthread_mutex_unlock(&sink->lock);
}

/* Queues the last of what was left out, behind a line that says how much is
 * missing then; returns that. */
static uint64_t put_tail(struct sink *sink)
{
	size_t n = (size_t)MIN(sink->left_out, SINK_BUFFER);
	size_t at = (size_t)((sink->left_out - n) % SINK_BUFFER);
	size_t first = MIN(n, SINK_BUFFER - at);
	uint64_t missing = sink->left_out - n;
	char line[80];
	int len = snprintf(line, sizeof(line),
			   "\n[minivmm left out %" PRIu64 " bytes here]\n",
			   missing);

	if (missing)
		put(sink, (const uint8_t *)line, (size_t)len);
	put(sink, sink->tail + at, first);
	put(sink, sink->tail, n - first);
	return missing;
}

/* Waits until the thread is done; false if it gets nowhere for so long with
 * what there is to write. */
static bool drain(struct sink *sink, unsigned patience_ms)
{
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
		if (err && sink->progress == seen && runnable(sink))
			return false;
	}
	return true;
}

/* The thread is stuck.  It frees the sink if it ever gets out. */
static int abandon(struct sink *sink, unsigned patience_ms)
{
	log_err("%s: the reader took nothing for %u ms: it missed %" PRIu64
		" bytes",
		sink->name, patience_ms, queued(sink) + sink->dropped);
	pthread_detach(sink->thread);
	sink->abandoned = true;
	pthread_mutex_unlock(&sink->lock);
	return -ETIMEDOUT;
}

/* Why not all was written that somebody wanted; 0: it was. */
static int loss(const struct sink *sink)
{
	if (sink->keep)
		return 0;
	if (sink->error && sink->error != EPIPE)
		return sink->error == ETIMEDOUT ? -EIO : -sink->error;
	return sink->dropped ? -ENOBUFS : 0;
}

int sink_close(struct sink *sink, unsigned patience_ms)
{
	uint64_t left_out;
	int err;

	if (!sink)
		return 0;
	pthread_mutex_lock(&sink->lock);
	left_out = sink->left_out;
	if (left_out && sink->tail)
		left_out = put_tail(sink);
	if (sink->told_left_out)
		*sink->told_left_out = left_out;
	sink->closing = true;
	pthread_cond_signal(&sink->work);
	if (!drain(sink, patience_ms))
		return abandon(sink, patience_ms);
	pthread_mutex_unlock(&sink->lock);
	pthread_join(sink->thread, NULL);
	if (queued(sink))
		log_info("%s: nobody read the last %" PRIu64 " bytes",
			 sink->name, queued(sink));
	if (sink->dropped)
		log_err("%s: %" PRIu64 " bytes in all were lost", sink->name,
			sink->dropped);
	if (left_out)
		log_warn("%s: more than the %" PRIu64 " bytes of --max-output: "
			 "%" PRIu64 " bytes were left out",
			 sink->name, sink->max, left_out);
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
