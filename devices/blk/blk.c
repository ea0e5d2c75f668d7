/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/blk/blk.h"

#include <errno.h>
#include <linux/virtio_ids.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* A SCSI controller's: what other devices of this kind say. */
#define BLK_CLASS 0x010000

enum {
	/* Requests, and bytes copied at once, between looks at what else is
	 * asked of us. */
	BATCH = 32,
	BATCH_BYTES = 4 << 20,
	/* Requests after which the driver is told: it goes on with them while
	 * we do the next. */
	TOLD = 4,
};

static struct blk *to_blk(struct virtio_device *dev)
{
	return (struct blk *)dev;
}

/* --- what became of a request ------------------------------------------- */

/* 2.7.8.2: bytes from the front on, so the status only behind all others. */
static uint32_t used_length(const struct blk_request *r)
{
	uint64_t len = r->filled == r->in_len ? r->filled + 1 : r->filled;

	return (uint32_t)MIN(len, UINT32_MAX);
}

static void push(struct blk *blk, struct blk_request *r)
{
	*r->status_at = r->status;
	vq_push(&blk->queue.vq, &r->buf, used_length(r));
	blk_count(blk, r);
	TAILQ_REMOVE(&blk->taken, r, order);
	TAILQ_INSERT_HEAD(&blk->free, r, order);
	blk->n_taken--;
}

/* Requests are done in any order; IN_ORDER has them pushed as they were
 * popped. */
static void finish(struct blk *blk, struct blk_request *r)
{
	r->done = true;
	if (!blk->queue.vq.in_order) {
		push(blk, r);
		return;
	}
	while ((r = TAILQ_FIRST(&blk->taken)) && r->done)
		push(blk, r);
}

static void finish_all(struct blk *blk)
{
	struct pool_jobs jobs = STAILQ_HEAD_INITIALIZER(jobs);
	struct pool_job *job;

	pool_take_finished(&blk->pool, &jobs);
	while ((job = STAILQ_FIRST(&jobs))) {
		STAILQ_REMOVE_HEAD(&jobs, next);
		finish(blk, (struct blk_request *)job);
	}
}

/* --- requests that come ------------------------------------------------- */

static void warn(struct blk *blk, const struct blk_request *r,
		 const char *wrong)
{
	log_guest(&blk->limit,
		  "%s: refused a %s at sector %llu, %llu bytes out, %llu in: "
		  "%s",
		  blk->name, blk_type_name(r->type),
		  (unsigned long long)r->sector, (unsigned long long)r->out_len,
		  (unsigned long long)r->in_len, wrong);
}

/* What the worker did for a request, as the bytes it has copied itself. */
static uint64_t handle(struct blk *blk, struct blk_request *r)
{
	const char *wrong = blk_parse(blk, r);

	if (wrong)
		warn(blk, r, wrong);
	if (r->op == BLK_ANSWERED && r->status != VIRTIO_BLK_S_OK &&
	    r->type == VIRTIO_BLK_T_IN)
		blk_settle(r, -EIO);
	if (r->op == BLK_ANSWERED || blk_run_now(blk, r)) {
		uint64_t copied = r->filled + r->out_len;

		finish(blk, r);
		return copied;
	}
	pool_submit(&blk->pool, &r->job);
	return 0;
}

/* The next request, or NULL: there is none, or the queue is broken. */
static struct blk_request *take(struct blk *blk)
{
	struct blk_request *r = TAILQ_FIRST(&blk->free);
	struct virtq *vq = &blk->queue.vq;

	if (vq_pop(vq, &r->buf, r->iov, blk->n_iov) <= 0)
		return NULL;
	if (!r->buf.in_len) {
		vq_broken(vq, "request without a byte for its status");
		return NULL;
	}
	r->popped_ns = now_ns();
	TAILQ_REMOVE(&blk->free, r, order);
	TAILQ_INSERT_TAIL(&blk->taken, r, order);
	count_peak(&blk->depth_peak, ++blk->n_taken);
	return r;
}

static enum worker_turn take_some(struct blk *blk)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < BATCH && bytes < BATCH_BYTES; i++) {
		struct blk_request *r;

		if (TAILQ_EMPTY(&blk->free)) {
			count_add(&blk->waits, 1);
			return WORKER_WAITS;
		}
		r = take(blk);
		if (!r)
			return blk->n_taken ? WORKER_PENDING : WORKER_IDLE;
		bytes += handle(blk, r);
		if (i % TOLD == TOLD - 1)
			vq_commit(&blk->queue.vq);
	}
	return WORKER_BUSY;
}

static enum worker_turn serve(struct virtio_device *dev, unsigned index)
{
	struct blk *blk = to_blk(dev);
	enum worker_turn turn;

	finish_all(blk);
	turn = take_some(blk);
	vq_commit(&dev->queue[index].vq);
	return turn;
}

static void finished(void *arg)
{
	struct blk *blk = arg;

	virtio_worker_again(&blk->worker, 0);
}

/* --- the queue comes and goes ------------------------------------------- */

static void set_stopping(struct blk *blk, bool stopping)
{
	__atomic_store_n(&blk->stopping, stopping, __ATOMIC_RELAXED);
}

static bool queue_taken(struct virtio_device *dev, unsigned index)
{
	(void)index;
	set_stopping(to_blk(dev), false);
	return true;
}

/* What the host was not yet asked fails; for the rest we wait. */
static bool queue_returned(struct virtio_device *dev, unsigned index)
{
	struct blk *blk = to_blk(dev);

	set_stopping(blk, true);
	finish_all(blk);
	vq_commit(&dev->queue[index].vq);
	return !blk->n_taken;
}

static void queue_start(struct virtio_device *dev, unsigned index)
{
	virtio_worker_start(&to_blk(dev)->worker, index);
}

static void queue_stop(struct virtio_device *dev, unsigned index)
{
	virtio_worker_stop(&to_blk(dev)->worker, index);
}

/* --- making it ---------------------------------------------------------- */

static uint64_t features(const struct disk *disk)
{
	uint64_t f = BIT64(VIRTIO_BLK_F_SEG_MAX) |
		     BIT64(VIRTIO_BLK_F_BLK_SIZE) |
		     BIT64(VIRTIO_BLK_F_TOPOLOGY) | BIT64(VIRTIO_BLK_F_FLUSH);

	if (disk->read_only)
		return f | BIT64(VIRTIO_BLK_F_RO);
	if (disk->can_discard)
		f |= BIT64(VIRTIO_BLK_F_DISCARD);
	return f | BIT64(VIRTIO_BLK_F_WRITE_ZEROES);
}

/* 5.2.4.  Of a queue's descriptors two are for header and status; SIZE_MAX is
 * not offered, since there are boot loaders that multiply the two in 16
 * bits. */
static struct virtio_blk_config configuration(const struct disk *disk,
					      uint16_t queue_size)
{
	uint32_t physical = UINT32_C(1) << disk->physical_exp;
	struct virtio_blk_config c = {
		.capacity = disk->size / BLK_SECTOR,
		.seg_max = queue_size > 2 ? queue_size - 2u : 1,
		.blk_size = BLK_SECTOR,
		.physical_block_exp = disk->physical_exp,
		.min_io_size = (uint16_t)physical,
	};

	if (disk->read_only)
		return c;
	c.max_write_zeroes_sectors = BLK_RANGE_SECTORS;
	c.max_write_zeroes_seg = BLK_RANGES;
	c.write_zeroes_may_unmap = disk->can_discard;
	if (!disk->can_discard)
		return c;
	c.max_discard_sectors = BLK_RANGE_SECTORS;
	c.max_discard_seg = BLK_RANGES;
	c.discard_sector_alignment = physical;
	return c;
}

static int allocate(struct blk *blk)
{
	TAILQ_INIT(&blk->free);
	TAILQ_INIT(&blk->taken);
	blk->request = calloc(blk->depth, sizeof(*blk->request));
	blk->iov = calloc((size_t)blk->depth * blk->n_iov, sizeof(*blk->iov));
	if (!blk->request || !blk->iov)
		return log_fail(-ENOMEM, "%s: %s: free some memory", blk->name,
				strerror(ENOMEM));
	for (unsigned i = 0; i < blk->depth; i++) {
		blk->request[i].iov = blk->iov + (size_t)i * blk->n_iov;
		TAILQ_INSERT_TAIL(&blk->free, &blk->request[i], order);
	}
	return 0;
}

static void release(struct blk *blk)
{
	free(blk->request);
	free(blk->iov);
}

/* Those that are started first end last: a thread of the pool's tells the
 * worker. */
static int start_threads(struct blk *blk)
{
	static const struct virtio_worker_ops worker = {
		.serve = serve,
		.start = queue_taken,
		.stop = queue_returned,
		.looks = PATIENCE_LOOKS_LONG,
	};
	const struct pool_ops pool = { .run = blk_run,
				       .finished = finished,
				       .arg = blk };
	int err = virtio_worker_init(&blk->worker, blk->drive, &blk->dev,
				     &worker);

	if (err)
		return err;
	err = pool_init(&blk->pool, blk->io_name, BLK_THREADS, &pool);
	if (err)
		virtio_worker_free(&blk->worker);
	return err;
}

int blk_init(struct blk *blk, struct disk *disk, unsigned index,
	     uint16_t queue_size)
{
	static const struct virtio_ops ops = { .queue_start = queue_start,
					       .queue_stop = queue_stop };
	char letter = (char)('a' + index % BLK_DISKS_MAX);
	int err;

	*blk = (struct blk){
		.dev = { .name = blk->name,
			 .type = VIRTIO_ID_BLOCK,
			 .class_code = BLK_CLASS,
			 .ops = &ops,
			 .behind = disk->name,
			 .features = features(disk),
			 .counters = &blk_table,
			 .n_queues = 1,
			 .queue_size = queue_size,
			 .queue = &blk->queue,
			 .config = (const uint8_t *)&blk->config,
			 /* As far as the features above say it is there. */
			 .config_len = offsetof(struct virtio_blk_config,
						max_secure_erase_sectors) },
		.queue = { .name = "requests" },
		.config = configuration(disk, queue_size),
		.disk = disk,
		.sectors = disk->size / BLK_SECTOR,
		.n_iov = vq_chain_max(queue_size),
		.depth = MIN(queue_size, BLK_DEPTH),
	};
	snprintf(blk->name, sizeof(blk->name), "virtio-blk vd%c", letter);
	snprintf(blk->drive, sizeof(blk->drive), "vd%c", letter);
	snprintf(blk->io_name, sizeof(blk->io_name), "vd%c-io", letter);
	err = allocate(blk);
	if (!err)
		err = start_threads(blk);
	if (err)
		release(blk);
	return err;
}

void blk_free(struct blk *blk)
{
	pool_free(&blk->pool);
	virtio_worker_free(&blk->worker);
	release(blk);
}
