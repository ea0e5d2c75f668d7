/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/echo.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* The bytes of @buf to read, to those to write; how many. */
static uint32_t copy(const struct vq_buf *buf)
{
	const struct iovec *out = buf->iov, *in = buf->iov + buf->n_out;
	size_t from = 0, to = 0, done = 0;

	while (out < buf->iov + buf->n_out &&
	       in < buf->iov + buf->n_out + buf->n_in) {
		size_t n = MIN(out->iov_len - from, in->iov_len - to);

		memcpy((char *)in->iov_base + to,
		       (const char *)out->iov_base + from, n);
		from += n;
		to += n;
		done += n;
		if (from == out->iov_len) {
			out++;
			from = 0;
		}
		if (to == in->iov_len) {
			in++;
			to = 0;
		}
	}
	return (uint32_t)done;
}

static void stop_here_if_slow(struct echo *echo)
{
	pthread_mutex_lock(&echo->lock);
	while (echo->slow) {
		echo->stopped = true;
		pthread_cond_broadcast(&echo->changed);
		pthread_cond_wait(&echo->changed, &echo->lock);
	}
	echo->stopped = false;
	pthread_mutex_unlock(&echo->lock);
}

static enum worker_turn echo_serve(struct virtio_device *dev, unsigned index)
{
	struct echo *echo = (struct echo *)dev;
	struct virtq *vq = &dev->queue[index].vq;
	uint32_t written = 0;
	struct vq_buf buf;

	if (__atomic_exchange_n(&echo->fail, false, __ATOMIC_RELAXED))
		vq->broken = "told to";
	if (vq_pop(vq, &buf, echo->iov, ARRAY_SIZE(echo->iov)) <= 0)
		return WORKER_IDLE;
	stop_here_if_slow(echo);
	if (index == ECHO_QUEUE)
		written = copy(&buf);
	vq_push(vq, &buf, written);
	__atomic_fetch_add(&echo->served, 1, __ATOMIC_RELAXED);
	vq_commit(vq);
	return WORKER_BUSY;
}

static void echo_start(struct virtio_device *dev, unsigned index)
{
	virtio_worker_start(&((struct echo *)dev)->worker, index);
}

static void echo_stop(struct virtio_device *dev, unsigned index)
{
	virtio_worker_stop(&((struct echo *)dev)->worker, index);
}

static void echo_config_write(struct virtio_device *dev, unsigned offset,
			      unsigned size, uint32_t value)
{
	struct echo *echo = (struct echo *)dev;

	if (offset >= 4)
		memcpy(echo->config + offset, &value, size);
}

void echo_init(struct echo *echo)
{
	static const struct virtio_ops ops = {
		.queue_start = echo_start,
		.queue_stop = echo_stop,
		.config_write = echo_config_write,
	};
	static const struct virtio_worker_ops worker = { .serve = echo_serve };
	static const struct virtio_rule rules[] = {
		{ ECHO_F_MORE, BIT64(ECHO_F_BASE) },
	};

	*echo = (struct echo){
		.dev = { .name = "echo",
			 .type = ECHO_TYPE,
			 .class_code = 0xff0000,
			 .ops = &ops,
			 .features = BIT64(ECHO_F_BASE) | BIT64(ECHO_F_MORE) |
				     BIT64(ECHO_F_HIGH),
			 .rules = rules,
			 .n_rules = ARRAY_SIZE(rules),
			 .n_queues = ECHO_QUEUES,
			 .queue_size = ECHO_SIZE,
			 .queue = echo->queue,
			 .config = echo->config,
			 .config_len = ECHO_CONFIG },
		.queue = { [ECHO_QUEUE] = { .name = "echo" },
			   [DROP_QUEUE] = { .name = "drop" } },
		.config = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.behind_config = { 0xbe, 0xbe, 0xbe, 0xbe },
	};
	pthread_mutex_init(&echo->lock, NULL);
	pthread_cond_init(&echo->changed, NULL);
	if (virtio_worker_init(&echo->worker, "echo", &echo->dev, &worker))
		abort();
}

void echo_free(struct echo *echo)
{
	virtio_worker_free(&echo->worker);
	pthread_cond_destroy(&echo->changed);
	pthread_mutex_destroy(&echo->lock);
}

void echo_slow(struct echo *echo, bool slow)
{
	pthread_mutex_lock(&echo->lock);
	echo->slow = slow;
	pthread_cond_broadcast(&echo->changed);
	pthread_mutex_unlock(&echo->lock);
}

void echo_await_stopped(struct echo *echo)
{
	pthread_mutex_lock(&echo->lock);
	while (!echo->stopped)
		pthread_cond_wait(&echo->changed, &echo->lock);
	pthread_mutex_unlock(&echo->lock);
}

void echo_fail(struct echo *echo)
{
	__atomic_store_n(&echo->fail, true, __ATOMIC_RELAXED);
}

void echo_configure(struct echo *echo, unsigned i, uint8_t value)
{
	virtio_config_begin(&echo->dev);
	echo->config[i] = value;
	virtio_config_end(&echo->dev, true);
}
