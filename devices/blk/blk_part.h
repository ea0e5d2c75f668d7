/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk_part.h - a disk as a part of a machine
 */
#ifndef DEVICES_BLK_BLK_PART_H
#define DEVICES_BLK_BLK_PART_H

#include <stdbool.h>

#include "base/part.h"
#include "devices/virtio/virtio_config.h"

struct disk;

/* One disk of a machine, which it outlives. */
struct blk_drive {
	struct disk *disk;
	/* Its number, from 0: vda. */
	unsigned index;
	/* How the device presents itself, its @on set. */
	struct virtio_config virtio;
	/* The driver is to use packed rings. */
	bool packed_only;
};

struct blk_part_config {
	const struct blk_drive *drives;
	unsigned n;
};

/* Made from a struct blk_part_config. */
extern const struct part blk_part;

#endif
