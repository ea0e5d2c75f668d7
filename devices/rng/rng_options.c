/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rng_options.c - the option of the entropy device; it sets a struct
 * virtio_config
 */
#include "base/option.h"
#include "devices/rng/rng.h"
#include "devices/virtio/virtio_config.h"

const struct option_spec rng_options[] = {
	{ .heading = "Devices",
	  OPTION("rng", "ON", "virtio-rng: on or off, and keys", option_keys),
	  .preset = "on",
	  .words = "on off",
	  .keys = virtio_keys },
	{ 0 },
};
