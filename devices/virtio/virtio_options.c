/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio_options.c - what may be said of any virtio device: on or off, and
 * how it is to present itself
 */
#include "devices/virtio/virtio_config.h"

enum { QUEUE_SIZE_MAX = 32768 };

#define FIELD(field) .offset = offsetof(struct virtio_config, field)

const struct option_spec virtio_keys[] = {
	{
		.name = "on",
		.first = true,
		.optional = true,
		.arg = "ON",
		.preset = "on",
		.words = "on off",
		.parse = option_switch,
		FIELD(on),
	},
	{
		.name = "packed",
		.optional = true,
		.arg = "ON",
		.preset = "on",
		.words = "on off",
		.help = "whether packed rings are offered",
		.parse = option_switch,
		FIELD(packed),
	},
	{
		.name = "queue-size",
		.arg = "N",
		.preset = "256",
		.min = 1,
		.max = QUEUE_SIZE_MAX,
		.help = "slots in each ring, a power of two",
		.parse = option_power_of_two,
		FIELD(queue_size),
	},
	{
		.name = "in-order",
		.optional = true,
		.arg = "ON",
		.preset = "off",
		.words = "on off",
		.help = "promise to use buffers in order",
		.parse = option_switch,
		FIELD(in_order),
	},
	{
		.name = "transitional",
		.optional = true,
		.arg = "ON",
		.preset = "off",
		.words = "on off",
		.help = "be what drivers before VIRTIO 1.0 know",
		.parse = option_switch,
		FIELD(transitional),
	},
	{ 0 },
};
