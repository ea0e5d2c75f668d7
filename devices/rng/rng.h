/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rng.h - an entropy device (VIRTIO 1.2, section 5.4)
 *
 * Every buffer lent is filled from the host's getrandom(2), up to a bound.
 *
 * Threads: one of its own, "virtio-rng", which owns its queue while lent.
 */
#ifndef DEVICES_RNG_RNG_H
#define DEVICES_RNG_RNG_H

#include "base/option.h"
#include "base/part.h"
#include "devices/virtio/virtio.h"
#include "devices/virtio/worker.h"

enum {
	/* Bytes put into a buffer, however long, at most. */
	RNG_BUFFER_MAX = 4096,
};

struct rng {
	struct virtio_device dev;
	struct virtio_queue queue;
	struct virtio_worker worker;
	/* Segments of the longest chain. */
	struct iovec *iov;
	uint32_t n_iov;
};

/* With a queue of @queue_size, a power of two.  Logs; -errno, and then nothing
 * is to be freed. */
int rng_init(struct rng *rng, uint16_t queue_size);

/* The transport has been freed. */
void rng_free(struct rng *rng);

/* Made from a struct virtio_config. */
extern const struct part rng_part;

/* Its option, which sets a struct virtio_config. */
extern const struct option_spec rng_options[];

#endif
