/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/rng/rng.h"

#include <errno.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/virtio/virtio_config.h"
#include "devices/virtio/virtio_part.h"

/* Fills @len bytes; fewer if the host cannot.  Requests of up to 256 bytes
 * are neither cut short nor interrupted: getrandom(2). */
static size_t fill(uint8_t *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = getrandom(to + done, MIN(len - done, 256), 0);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

/* What the driver lends to be read is not looked at. */
static uint32_t fill_buffer(const struct vq_buf *buf)
{
	uint32_t done = 0;

	for (uint32_t i = 0; i < buf->n_in && done < RNG_BUFFER_MAX; i++) {
		const struct iovec *iov = &buf->iov[buf->n_out + i];
		size_t want = MIN(iov->iov_len, RNG_BUFFER_MAX - done);
		size_t got = fill(iov->iov_base, want);

		done += (uint32_t)got;
		if (got < want)
			break;
	}
	return done;
}

/* One buffer a turn: then it is also bounded how long the queue can be
 * waited for. */
static enum worker_turn rng_serve(struct virtio_device *dev, unsigned index)
{
	struct rng *rng = (struct rng *)dev;
	struct virtq *vq = &dev->queue[index].vq;
	struct vq_buf buf;

	if (vq_pop(vq, &buf, rng->iov, rng->n_iov) <= 0)
		return WORKER_IDLE;
	vq_push(vq, &buf, fill_buffer(&buf));
	vq_commit(vq);
	return WORKER_BUSY;
}

static void rng_start(struct virtio_device *dev, unsigned index)
{
	struct rng *rng = (struct rng *)dev;

	virtio_worker_start(&rng->worker, index);
}

static void rng_stop(struct virtio_device *dev, unsigned index)
{
	struct rng *rng = (struct rng *)dev;

	virtio_worker_stop(&rng->worker, index);
}

int rng_init(struct rng *rng, uint16_t queue_size)
{
	static const struct virtio_ops ops = { .queue_start = rng_start,
					       .queue_stop = rng_stop };
	static const struct virtio_worker_ops worker = { .serve = rng_serve };
	int err;

	*rng = (struct rng){
		.dev = { .name = "virtio-rng",
			 .type = VIRTIO_ID_RNG,
			 /* Other encryption controller. */
			 .class_code = 0x108000,
			 .ops = &ops,
			 .n_queues = 1,
			 .queue_size = queue_size,
			 .queue = &rng->queue },
		.queue = { .name = "requests" },
		.n_iov = vq_chain_max(queue_size),
	};
	rng->iov = calloc(rng->n_iov, sizeof(*rng->iov));
	if (!rng->iov)
		return log_fail(-ENOMEM, "virtio-rng: %s: free some memory",
				strerror(ENOMEM));
	err = virtio_worker_init(&rng->worker, "virtio-rng", &rng->dev,
				 &worker);
	if (err)
		free(rng->iov);
	return err;
}

void rng_free(struct rng *rng)
{
	virtio_worker_free(&rng->worker);
	free(rng->iov);
}

static int rng_make(void *self, struct board *board, const void *config)
{
	const struct virtio_config *c = config;
	struct rng *rng = self;
	int err = rng_init(rng, (uint16_t)c->queue_size);

	if (err)
		return err;
	err = virtio_plug(&rng->dev, board, c);
	if (err)
		rng_free(rng);
	return err;
}

static void rng_drop(void *self, struct board *board)
{
	struct rng *rng = self;

	virtio_unplug(&rng->dev, board);
	rng_free(rng);
}

const struct part rng_part = {
	.name = "virtio-rng",
	.size = sizeof(struct rng),
	.on_pci = true,
	.instance = virtio_part_instance,
	.make = rng_make,
	.drop = rng_drop,
	.show = virtio_part_show,
};
