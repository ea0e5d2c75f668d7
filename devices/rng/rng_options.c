/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rng_options.c - the option of the entropy device; it sets a struct
 * virtio_config
 */
#include "base/option.h"
#include "devices/rng/rng.h"
#include "devices/virtio/virtio_config.h"

const struct option_spec rng_options[] = {
	{
		.heading = "Devices",
		.name = "rng",
		.arg = "ON",
		.preset = "on",
		.words = "on off",
		.help = "virtio-rng: on or off, and keys",
		.keys = virtio_keys,
		.parse = option_keys,
	},
	{ 0 },
};
