/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_part.h - the virtio console as a part of a machine
 */
#ifndef DEVICES_CONSOLE_CONSOLE_PART_H
#define DEVICES_CONSOLE_CONSOLE_PART_H

#include "base/option.h"
#include "base/part.h"
#include "devices/console/console.h"
#include "devices/virtio/virtio_config.h"

struct console_part_config {
	/* How it presents itself. */
	struct virtio_config virtio;
	/* Its ports; without any there is no such device. */
	struct port_end *end[CONSOLE_PORTS];
};

/* Made from a struct console_part_config. */
extern const struct part console_part;

/* Its option, which sets a struct virtio_config. */
extern const struct option_spec console_options[];

#endif
