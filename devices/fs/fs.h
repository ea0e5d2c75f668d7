/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fs.h - a file system device (VIRTIO 1.2, section 5.11)
 *
 * The guest's kernel speaks FUSE with a server in this process, server.h.
 *
 * Threads: two of its own.  "virtio-fs" owns the queue of requests, while it
 * is lent, and the server.  "virtio-fs-hi" owns the hiprio queue, which must
 * not wait for the other: it notes what the guest forgets.
 */
#ifndef DEVICES_FS_FS_H
#define DEVICES_FS_FS_H

#include <linux/virtio_fs.h>
#include <pthread.h>

#include "base/part.h"
#include "devices/fs/server.h"
#include "devices/fs/share.h"
#include "devices/virtio/virtio.h"
#include "devices/virtio/worker.h"

enum {
	FS_HIPRIO,
	FS_REQUESTS,
	FS_QUEUES,
	/* What is forgotten waits at most so long; more stays in the ring. */
	FS_FORGETS = 1024,
};

struct fs_forget {
	uint64_t id, n;
};

struct fs {
	struct virtio_device dev;
	/* "virtio-fs TAG". */
	char name[16 + SHARE_TAG_MAX];
	struct virtio_queue queue[FS_QUEUES];
	struct virtio_worker worker, hiprio;
	struct virtio_fs_config config;
	struct fs_server server;
	/* The server's thread has been confined. */
	bool confined;
	/* Segments of the longest chain, of each queue. */
	struct iovec *iov[FS_QUEUES];
	uint32_t n_iov;
	/* Noted by one thread, taken by the other; under the lock. */
	pthread_mutex_t lock;
	struct fs_forget forget[FS_FORGETS];
	unsigned n_forgets;
	/* Only hiprio's thread: it has noted some, and not told the other. */
	bool untold;
};

/* Serve @share, which outlives the device, through queues of @queue_size, a
 * power of two.  Logs; -errno, and then nothing is to be freed. */
int fs_init(struct fs *fs, const struct share *share, uint16_t queue_size);

/* The transport has been freed. */
void fs_free(struct fs *fs);

extern const struct count_table fs_table;

/* Made from a struct shares: a device for each. */
extern const struct part fs_part;

#endif
