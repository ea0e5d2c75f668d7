/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio.h - what a device and a transport tell each other
 *
 * A device is data (type, features, queues, configuration bytes) and a few
 * functions.  It does not know how it is plugged in; a transport does not
 * know what it does.
 *
 * The queues are the joint.  A queue belongs to the transport until it lends
 * it with queue_start(); then to the device's thread, which alone touches it,
 * until the transport asks for it back with queue_stop() and the device
 * answers with virtio_queue_stopped().  A queue is lent while the driver lets
 * the device work, so reset, queue reset, failure and a bus master switched
 * off are all the same to a device: it gives the queue back.  In between, it
 * touches no guest memory and sends no interrupt for it.
 *
 * Threads: the functions of struct virtio_ops are called under the
 * transport's lock, from any thread, and must not wait for the device's
 * thread.  The device calls back without holding a lock that they take.
 *
 * Reference: VIRTIO 1.2, chapter 2.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_H
#define DEVICES_VIRTIO_VIRTIO_H

#include <linux/virtio_config.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fence.h"
#include "devices/virtio/lint.h"
#include "devices/virtio/vq.h"

enum { VIRTIO_QUEUE_SIZE = 256 };

struct trace;
struct virtio_device;

struct virtio_ops {
	/* Lend queue @index to the device, which looks at what is in it and
	 * then waits for its doorbell. */
	void (*queue_start)(struct virtio_device *dev, unsigned index);
	/* Ask for queue @index back.  The device's own thread pushes or rewinds
	 * all buffers that it has popped and then gives the queue back: within
	 * milliseconds, whatever the guest does, or, if the host may still
	 * write to the guest's memory, as it does for a disk, when that has
	 * ended. */
	void (*queue_stop)(struct virtio_device *dev, unsigned index);
	/* The driver wrote @size bytes of configuration, all within it.
	 * NULL: it is read-only. */
	void (*config_write)(struct virtio_device *dev, unsigned offset,
			     unsigned size, uint32_t value);
	/* The device's own eventfd for the kicks of @index, -1 for none; asked
	 * once, when it is plugged in.  NULL: it has none. */
	int (*queue_doorbell)(struct virtio_device *dev, unsigned index);
};

/* @feature may be accepted only along with one of the mask @needs. */
struct virtio_rule {
	uint8_t feature;
	uint64_t needs;
};

struct virtio_queue {
	/* "rx": in logs and among the counters. */
	const char *name;
	struct virtq vq;
	/* An eventfd the driver's kicks arrive at; drain it, then look. */
	int doorbell;
	/* Its buffers are for what comes from behind the device. */
	bool receives;
	/* It is a stream, such as a pipe: who is at either end may take his
	 * time, so what waits in it is no stall. */
	bool stream;
	/* The owner waits for buffers of the driver, or for room behind the
	 * device; see struct virtio_watch. */
	bool waits;
	/* Of the device's trace. */
	uint16_t track;
};

/*
 * What watches a device's queues from outside, and sleeps while nothing happens
 * there.  It sets @asleep, and after a full fence looks at the queues once
 * more. The thread that serves a queue first changes it, with a full fence in
 * vq_arm(), vq_commit() or virtio_queue_waits(), and then reads @asleep.  So at
 * least one of them sees what the other did.
 */
struct virtio_watch {
	bool asleep;
	/* Called by any thread, once for each time @asleep is set. */
	void (*wake)(struct virtio_watch *watch);
};

/* What a device reports to its transport. */
struct virtio_transport {
	void (*queue_stopped)(void *arg, unsigned index);
	void (*broken)(void *arg, unsigned index);
	void (*config_lock)(void *arg);
	void (*config_unlock)(void *arg, bool changed);
};

struct virtio_device {
	/* "virtio-rng": in logs. */
	const char *name;
	/* VIRTIO 1.2, chapter 5, and the PCI class it comes closest to. */
	uint16_t type;
	uint32_t class_code;
	const struct virtio_ops *ops;
	/* What it may have to wait for, for messages: "debian.img".  NULL:
	 * nothing. */
	const char *behind;
	/* Offered; the transport adds those of rings. */
	uint64_t features;
	const struct virtio_rule *rules;
	unsigned n_rules;
	unsigned n_queues;
	/* Of every queue, at most; a power of two. */
	uint16_t queue_size;
	struct virtio_queue *queue;
	/* The driver may read it at any time, so it is only changed between
	 * virtio_config_begin() and virtio_config_end(). */
	const uint8_t *config;
	unsigned config_len;
	/* Of its own, in the struct that begins with this one; NULL: it counts
	 * only what queues do. */
	const struct count_table *counters;
	/* NULL: nobody. */
	struct virtio_watch *watch;
	struct virtio_lint lint;
	/* Where to record what happens; NULL: nowhere. */
	struct trace *trace;

	/* Filled in by the transport: what it is, and the features accepted
	 * (of bits 0 to 31 only by a legacy driver); constant while a queue is
	 * lent. */
	const struct virtio_transport *transport;
	void *transport_arg;
	uint64_t negotiated;
};

/* A turn of a queue is over. */
static inline void virtio_worked(const struct virtio_device *dev)
{
	struct virtio_watch *watch = dev->watch;

	/* Relaxed: the fences that struct virtio_watch names are before it. */
	if (watch && __atomic_load_n(&watch->asleep, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&watch->asleep, false, __ATOMIC_RELAXED))
		watch->wake(watch);
}

/* Only its owner. */
static inline void virtio_queue_waits(struct virtio_queue *queue, bool waits)
{
	if (queue->waits == waits)
		return;
	__atomic_store_n(&queue->waits, waits, __ATOMIC_RELAXED);
	/* See struct virtio_watch. */
	full_fence();
}

/* Features are numbers (VIRTIO_x_F_y); masks are of BIT64(number). */
static inline bool virtio_has(const struct virtio_device *dev, unsigned feature)
{
	return dev->negotiated >> feature & 1;
}

/* The answer to queue_stop(): from here on the device does not touch queue
 * @index. */
static inline void virtio_queue_stopped(struct virtio_device *dev,
					unsigned index)
{
	dev->transport->queue_stopped(dev->transport_arg, index);
}

/* The driver has broken queue @index, which is lent to the device.  The driver
 * is asked for a reset, and the device for all of its queues.  A second call
 * changes nothing. */
static inline void virtio_broken(struct virtio_device *dev, unsigned index)
{
	dev->transport->broken(dev->transport_arg, index);
}

/* Bracket a change of the configuration; if @changed, the driver is told. */
static inline void virtio_config_begin(struct virtio_device *dev)
{
	dev->transport->config_lock(dev->transport_arg);
}

static inline void virtio_config_end(struct virtio_device *dev, bool changed)
{
	dev->transport->config_unlock(dev->transport_arg, changed);
}

#endif
