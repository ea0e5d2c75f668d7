/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker.h - a device's thread, which owns the queues lent to the device
 *
 * It sleeps until a doorbell rings, then serves the queue until that is
 * empty, a bounded amount at a time; between two such turns it takes up and
 * gives back queues.  While traffic flows it may look for more for a moment
 * before it sleeps.  An idle one is never woken.
 *
 * A device that waits for something behind it, such as a host's disk, gives a
 * queue back later, when that has answered; the thread sleeps until then.
 *
 * Threads: init and free by the one that owns the device; start and stop, as
 * called through struct virtio_ops, from any.
 */
#ifndef DEVICES_VIRTIO_WORKER_H
#define DEVICES_VIRTIO_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/thread.h"
#include "devices/virtio/busy_poll.h"

struct virtio_device;

enum { WORKER_QUEUES_MAX = 16 };

/* What serving a queue came to. */
enum worker_turn {
	/* There was nothing more: sleep until there is. */
	WORKER_IDLE,
	/* The same, but of what was taken from it some is not finished:
	 * virtio_worker_again() says when. */
	WORKER_PENDING,
	/* There may be more, the rest is for the next turn. */
	WORKER_BUSY,
	/* There is more, but no room for it: virtio_worker_again() says
	 * when. */
	WORKER_WAITS,
	/* Nothing is wanted from it before virtio_worker_again(): no kicks
	 * either. */
	WORKER_RESTS,
};

/* What a device does on its worker's thread. */
struct virtio_worker_ops {
	/* Serve queue @index: no more than one ring's worth of buffers, and
	 * commit. */
	enum worker_turn (*serve)(struct virtio_device *dev, unsigned index);
	/*
	 * Queue @index was taken up; false: somebody else is its owner from
	 * now on, who waits for its kicks too.  NULL: all are served here.
	 */
	bool (*start)(struct virtio_device *dev, unsigned index);
	/*
	 * Queue @index is asked for.  True: nobody owns it any more, and it is
	 * given back now.  False: something behind the device has not answered
	 * yet; this is called again when the thread wakes up, as after
	 * virtio_worker_again().  It may not have been taken up.  NULL: nothing
	 * to do.
	 */
	bool (*stop)(struct virtio_device *dev, unsigned index);
	/* How often to look for more before going to sleep, when that pays; 0:
	 * not at all. */
	unsigned looks;
	/* What the thread may do in a sandbox. */
	enum thread_kind kind;
};

struct virtio_worker {
	const char *name;
	struct virtio_device *dev;
	const struct virtio_worker_ops *ops;
	pthread_t thread;
	/* An eventfd: look at the requests. */
	int wake;
	/* As its ops have it, if there is a processor for the guest while this
	 * one looks. */
	unsigned looks;
	struct busy_poll busy_poll[WORKER_QUEUES_MAX];
	pthread_mutex_t lock;
	/* Requests since the thread last looked, one bit per queue; under
	 * the lock.  */
	uint32_t start, stop, again;
	/* Not 0: end. */
	uint32_t quit;
};

/* Start the thread, called @name (at most 15 characters), which stays.  Logs;
 * -errno, and then nothing is to be freed. */
int virtio_worker_init(struct virtio_worker *worker, const char *name,
		       struct virtio_device *dev,
		       const struct virtio_worker_ops *ops);

/* End the thread; all queues have been given back. */
void virtio_worker_free(struct virtio_worker *worker);

void virtio_worker_start(struct virtio_worker *worker, unsigned queue);
void virtio_worker_stop(struct virtio_worker *worker, unsigned queue);

/* Serve @queue once more if it is being served, or ask once more for its end
 * if it is being stopped.  Any thread. */
void virtio_worker_again(struct virtio_worker *worker, unsigned queue);

#endif
