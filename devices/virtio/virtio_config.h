/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_config.h - the settings that all virtio devices have
 */
#ifndef DEVICES_VIRTIO_VIRTIO_CONFIG_H
#define DEVICES_VIRTIO_VIRTIO_CONFIG_H

#include <stdbool.h>

#include "base/option.h"

struct virtio_config {
	/* There is such a device. */
	bool on;
	/* Whether the driver may use packed rings; whether buffers are used in
	 * the order in which they became available; whether drivers of before
	 * VIRTIO 1.0 find what they know. */
	bool packed, in_order, transitional;
	/* A power of two. */
	unsigned queue_size;
};

/* The keys of an option that sets one. */
extern const struct option_spec virtio_keys[];

#endif
