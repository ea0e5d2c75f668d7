/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/fs/fs.h"

#include <errno.h>
#include <linux/fuse.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>

#include "base/iov.h"
#include "base/log.h"
#include "base/util.h"
#include "devices/virtio/virtio_config.h"
#include "devices/virtio/virtio_part.h"

/* The server's thread takes what the other has noted. */
static void take_forgets(struct fs *fs)
{
	unsigned n;

	pthread_mutex_lock(&fs->lock);
	n = fs->n_forgets;
	for (unsigned i = 0; i < n; i++)
		fs_server_forget(&fs->server, fs->forget[i].id,
				 fs->forget[i].n);
	fs->n_forgets = 0;
	pthread_mutex_unlock(&fs->lock);
	if (n == FS_FORGETS)
		virtio_worker_again(&fs->hiprio, FS_HIPRIO);
}

/* One request a turn: most guests wait for each. */
static enum worker_turn serve(struct virtio_device *dev, unsigned index)
{
	struct fs *fs = (struct fs *)dev;
	struct virtq *vq = &dev->queue[index].vq;
	struct fs_message message;
	struct vq_buf buf;

	if (!fs->confined)
		share_confine(fs->server.share);
	fs->confined = true;
	take_forgets(fs);
	if (vq_pop(vq, &buf, fs->iov[index], fs->n_iov) <= 0)
		return WORKER_IDLE;
	message = (struct fs_message){
		.in = buf.iov,
		.n_in = buf.n_out,
		.in_len = buf.out_len,
		.out = buf.iov + buf.n_out,
		.n_out = buf.n_in,
		.out_len = buf.in_len,
	};
	vq_push(vq, &buf, fs_server_do(&fs->server, &message));
	vq_commit(vq);
	return WORKER_BUSY;
}

/* Note a FORGET: the only request of this queue that asks for anything, as
 * what INTERRUPT is about is never waiting. */
static void note(struct fs *fs, const struct vq_buf *buf)
{
	struct {
		struct fuse_in_header head;
		struct fuse_forget_in arg;
	} request;

	if (iov_gather(&request, sizeof(request), buf->iov, buf->n_out) <
		    sizeof(request) ||
	    request.head.opcode != FUSE_FORGET)
		return;
	pthread_mutex_lock(&fs->lock);
	fs->forget[fs->n_forgets++] = (struct fs_forget){
		request.head.nodeid,
		request.arg.nlookup,
	};
	pthread_mutex_unlock(&fs->lock);
}

static bool is_full(struct fs *fs)
{
	bool full;

	pthread_mutex_lock(&fs->lock);
	full = fs->n_forgets == FS_FORGETS;
	pthread_mutex_unlock(&fs->lock);
	return full;
}

static enum worker_turn serve_hiprio(struct virtio_device *dev, unsigned index)
{
	struct fs *fs = (struct fs *)dev;
	struct virtq *vq = &dev->queue[index].vq;
	bool full = is_full(fs);
	struct vq_buf buf;

	if (!full && vq_pop(vq, &buf, fs->iov[index], fs->n_iov) > 0) {
		note(fs, &buf);
		vq_push(vq, &buf, 0);
		vq_commit(vq);
		fs->untold = true;
		return WORKER_BUSY;
	}
	/* Guests forget many at a time: wake the other thread once for all. */
	if (fs->untold)
		virtio_worker_again(&fs->worker, FS_REQUESTS);
	fs->untold = false;
	return full ? WORKER_WAITS : WORKER_IDLE;
}

static struct virtio_worker *worker_of(struct virtio_device *dev,
				       unsigned index)
{
	struct fs *fs = (struct fs *)dev;

	return index == FS_HIPRIO ? &fs->hiprio : &fs->worker;
}

static void start(struct virtio_device *dev, unsigned index)
{
	virtio_worker_start(worker_of(dev, index), index);
}

static void stop(struct virtio_device *dev, unsigned index)
{
	virtio_worker_stop(worker_of(dev, index), index);
}

static void set_device(struct fs *fs, const struct share *share,
		       uint16_t queue_size)
{
	static const struct virtio_ops ops = { .queue_start = start,
					       .queue_stop = stop };
	const char *tag = share->tag;

	fs->dev = (struct virtio_device){
		.name = fs->name,
		.type = VIRTIO_ID_FS,
		/* Other mass storage controller. */
		.class_code = 0x018000,
		.ops = &ops,
		.n_queues = FS_QUEUES,
		.queue_size = queue_size,
		.queue = fs->queue,
		.config = (const uint8_t *)&fs->config,
		.config_len = sizeof(fs->config),
		.counters = &fs_table,
	};
	snprintf(fs->name, sizeof(fs->name), "virtio-fs %s", tag);
	fs->queue[FS_HIPRIO].name = "hiprio";
	fs->queue[FS_REQUESTS].name = "requests";
	fs->config.num_request_queues = 1;
	memcpy(fs->config.tag, tag, strnlen(tag, sizeof(fs->config.tag)));
}

static int start_workers(struct fs *fs)
{
	static const struct virtio_worker_ops ops = { .serve = serve,
						      .looks = PATIENCE_LOOKS,
						      .kind = THREAD_FILES };
	static const struct virtio_worker_ops hiprio = { .serve = serve_hiprio,
							 .kind = THREAD_FILES };
	int err = virtio_worker_init(&fs->worker, "virtio-fs", &fs->dev, &ops);

	if (err)
		return err;
	err = virtio_worker_init(&fs->hiprio, "virtio-fs-hi", &fs->dev,
				 &hiprio);
	if (err)
		virtio_worker_free(&fs->worker);
	return err;
}

int fs_init(struct fs *fs, const struct share *share, uint16_t queue_size)
{
	int err;

	memset(fs, 0, sizeof(*fs));
	fs->n_iov = vq_chain_max(queue_size);
	set_device(fs, share, queue_size);
	err = fs_server_init(&fs->server, share);
	if (err)
		return err;
	pthread_mutex_init(&fs->lock, NULL);
	for (unsigned i = 0; i < FS_QUEUES; i++)
		fs->iov[i] = calloc(fs->n_iov, sizeof(struct iovec));
	if (fs->iov[FS_HIPRIO] && fs->iov[FS_REQUESTS])
		err = start_workers(fs);
	else
		err = log_fail(-ENOMEM, "virtio-fs: %s: free some memory",
			       strerror(ENOMEM));
	if (!err)
		return 0;
	for (unsigned i = 0; i < FS_QUEUES; i++)
		free(fs->iov[i]);
	pthread_mutex_destroy(&fs->lock);
	fs_server_free(&fs->server);
	return err;
}

void fs_free(struct fs *fs)
{
	virtio_worker_free(&fs->hiprio);
	virtio_worker_free(&fs->worker);
	for (unsigned i = 0; i < FS_QUEUES; i++)
		free(fs->iov[i]);
	pthread_mutex_destroy(&fs->lock);
	fs_server_free(&fs->server);
}

static int make(void *self, struct board *board, const void *config)
{
	static const struct virtio_config presented = {
		.on = true,
		.packed = true,
		.queue_size = VIRTIO_QUEUE_SIZE,
	};
	struct fs *fs = self;
	int err = fs_init(fs, config, VIRTIO_QUEUE_SIZE);

	if (err)
		return err;
	err = virtio_plug(&fs->dev, board, &presented);
	if (err)
		fs_free(fs);
	return err;
}

static void drop(void *self, struct board *board)
{
	struct fs *fs = self;

	virtio_unplug(&fs->dev, board);
	fs_free(fs);
}

/* Number @i of a struct shares. */
static const void *instance(const void *config, unsigned i)
{
	const struct shares *shares = config;

	return i < shares->count ? &shares->share[i] : NULL;
}

const struct part fs_part = {
	.name = "virtio-fs",
	.size = sizeof(struct fs),
	.on_pci = true,
	.instance = instance,
	.make = make,
	.drop = drop,
	.show = virtio_part_show,
	.counters = &fs_table,
};
