/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_options.c - the keys that all virtio devices have: on or off, and how
 * the device presents itself
 */
#include "devices/virtio/virtio_config.h"

enum { QUEUE_SIZE_MAX = 32768 };

#define FIELD(field) .offset = offsetof(struct virtio_config, field)

const struct option_spec virtio_keys[] = {
	{ OPTION_ON_OFF("on", NULL, option_switch), FIELD(on), .first = true,
	  .preset = "on" },
	{ OPTION_ON_OFF("packed", "whether packed rings are offered",
			option_switch),
	  FIELD(packed), .preset = "on" },
	{ OPTION("queue-size", "N", "slots in each ring, a power of two",
		 option_power_of_two),
	  FIELD(queue_size), .preset = "256", .min = 1, .max = QUEUE_SIZE_MAX },
	{ OPTION_ON_OFF("in-order", "promise to use buffers in order",
			option_switch),
	  FIELD(in_order), .preset = "off" },
	{ OPTION_ON_OFF("transitional",
			"be what drivers before VIRTIO 1.0 know",
			option_switch),
	  FIELD(transitional), .preset = "off" },
	{ 0 },
};
