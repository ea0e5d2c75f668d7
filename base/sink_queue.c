/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/sink_queue.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- Bytes that wait on disk. ---- */

static int open_in(const char *dir)
{
	return open(dir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
}

/* Open a file without a name.  It is in memory if no file system supports such
 * files. */
static int open_file(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = dir ? open_in(dir) : -1;

	if (fd < 0)
		fd = open_in("/tmp");
	if (fd < 0)
		fd = memfd_create("minivmm-spill", MFD_CLOEXEC);
	return fd;
}

void spill_init(struct spill *spill, uint64_t limit)
{
	*spill = (struct spill){ .fd = open_file(), .limit = limit };
}

void spill_free(struct spill *spill)
{
	close_fd(&spill->fd);
}

/* How many of @len bytes from @pos on are before the end of the ring. */
static size_t straight(const struct spill *spill, uint64_t pos, size_t len)
{
	return (size_t)MIN(len, spill->limit - pos);
}

size_t spill_put(struct spill *spill, const uint8_t *buf, size_t len)
{
	size_t done = 0;

	len = (size_t)MIN(len, spill->limit - spill->used);
	while (done < len) {
		uint64_t pos = (spill->head + spill->used) % spill->limit;
		ssize_t n =
			pwrite(spill->fd, buf + done,
			       straight(spill, pos, len - done), (off_t)pos);

		if (n <= 0)
			break;
		spill->used += (size_t)n;
		done += (size_t)n;
	}
	return done;
}

ssize_t spill_read(const struct spill *spill, uint8_t *buf, size_t len)
{
	size_t max = straight(spill, spill->head, MIN(len, spill->used));
	ssize_t n = pread(spill->fd, buf, max, (off_t)spill->head);

	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	/* Nobody writes to that place before the bytes are dropped. */
	fallocate(spill->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		  (off_t)spill->head, n);
	return n;
}

void spill_drop(struct spill *spill, size_t len)
{
	assert(len <= spill->used);
	spill->used -= len;
	spill->head = (spill->head + len) % spill->limit;
	if (!spill->used)
		spill->head = 0;
}

void sink_queue_init(struct sink_queue *queue, uint64_t limit, uint64_t max,
		     bool tail)
{
	queue->newest = queue->buffers[0];
	queue->oldest = queue->buffers[1];
	queue->max = max;
	queue->tail = max && tail ? malloc(SINK_BUFFER) : NULL;
	spill_init(&queue->spill, limit);
}

void sink_queue_free(struct sink_queue *queue)
{
	spill_free(&queue->spill);
	free(queue->tail);
}

uint64_t sink_queue_len(const struct sink_queue *queue)
{
	return queue->n_oldest + queue->spill.used + queue->n_newest;
}

/* Move @newest, which is full, out of memory. */
static void spill(struct sink_queue *queue)
{
	size_t n = spill_put(&queue->spill, queue->newest, queue->n_newest);

	queue->dropped += queue->n_newest - n;
	queue->n_newest = 0;
}

/* Queue the bytes, whatever the limit. */
static void put(struct sink_queue *queue, const uint8_t *p, size_t len)
{
	while (len) {
		size_t n;

		if (queue->n_newest == SINK_BUFFER)
			spill(queue);
		n = MIN(len, SINK_BUFFER - queue->n_newest);
		memcpy(queue->newest + queue->n_newest, p, n);
		queue->n_newest += n;
		p += n;
		len -= n;
	}
}

/* The bytes are beyond the limit: keep only the last ones, if wanted. */
static void leave_out(struct sink_queue *queue, const uint8_t *buf, size_t len)
{
	for (size_t i = 0; queue->tail && i < len; i++)
		queue->tail[(queue->left_out + i) % SINK_BUFFER] = buf[i];
	queue->left_out += len;
}

void sink_queue_write(struct sink_queue *queue, const void *buf, size_t len)
{
	if (queue->left_out ||
	    (queue->max && len > queue->max - queue->taken)) {
		leave_out(queue, buf, len);
	} else {
		queue->taken += len;
		put(queue, buf, len);
	}
}

uint64_t sink_queue_finish(struct sink_queue *queue)
{
	size_t n = (size_t)MIN(queue->left_out, SINK_BUFFER);
	size_t at = (size_t)((queue->left_out - n) % SINK_BUFFER);
	size_t first = MIN(n, SINK_BUFFER - at);
	uint64_t missing = queue->left_out - n;
	char line[80];
	int len;

	if (!queue->tail)
		return queue->left_out;
	len = snprintf(line, sizeof(line),
		       "\n[minivmm left out %" PRIu64 " bytes here]\n",
		       missing);
	if (missing)
		put(queue, (const uint8_t *)line, (size_t)len);
	put(queue, queue->tail + at, first);
	put(queue, queue->tail, n - first);
	return missing;
}

const uint8_t *sink_queue_oldest(const struct sink_queue *queue, size_t *len)
{
	*len = queue->n_oldest;
	return queue->oldest + queue->oldest_at;
}

void sink_queue_take(struct sink_queue *queue, size_t n)
{
	queue->oldest_at += n;
	queue->n_oldest -= n;
}

static void swap(struct sink_queue *queue)
{
	uint8_t *empty = queue->oldest;

	queue->oldest = queue->newest;
	queue->oldest_at = 0;
	queue->n_oldest = queue->n_newest;
	queue->newest = empty;
	queue->n_newest = 0;
}

/* Takes bytes back from disk into the empty @oldest. */
static void unspill(struct sink_queue *queue, pthread_mutex_t *lock)
{
	struct spill spill = queue->spill;
	ssize_t n;

	pthread_mutex_unlock(lock);
	n = spill_read(&spill, queue->oldest, SINK_BUFFER);
	pthread_mutex_lock(lock);
	if (n > 0) {
		queue->oldest_at = 0;
		queue->n_oldest = (size_t)n;
	} else {
		n = (ssize_t)MIN(spill.used, SINK_BUFFER);
		queue->dropped += (size_t)n;
	}
	spill_drop(&queue->spill, (size_t)n);
}

void sink_queue_refill(struct sink_queue *queue, pthread_mutex_t *lock)
{
	if (queue->spill.used)
		unspill(queue, lock);
	else
		swap(queue);
}
