/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_config.h - what the user asked for of disks
 */
#ifndef DEVICES_DISK_DISK_CONFIG_H
#define DEVICES_DISK_DISK_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "devices/blk/disk.h"
#include "devices/disk/format.h"
#include "devices/virtio/virtio_config.h"

/* One --disk. */
struct disk_config {
	/* Owned. */
	char *path;
	enum disk_format format;
	/* The file is not written to: the guest sees a read-only disk, or what
	 * it writes is thrown away at the end. */
	bool read_only, snapshot;
	/* Flushes do nothing. */
	bool unsafe;
	/* A string; empty: none. */
	char serial[DISK_SERIAL + 1];
	/* How the device presents itself. */
	struct virtio_config virtio;
};

/* In order; all zero is none. */
struct disk_list {
	struct disk_config *disks;
	size_t count;
};

#endif
