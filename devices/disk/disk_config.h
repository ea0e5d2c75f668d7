/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_config.h - what the user asked for of disks
 */
#ifndef DEVICES_DISK_DISK_CONFIG_H
#define DEVICES_DISK_DISK_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"
#include "devices/disk/format.h"

/* In the order of the words of ring=. */
enum disk_ring { DISK_RING_ANY, DISK_RING_SPLIT, DISK_RING_PACKED };

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
	/* At most DISK_SERIAL bytes; NULL: none.  Owned. */
	char *serial;
	/* How the device presents itself. */
	enum disk_ring ring;
	unsigned queue_size;
	bool transitional;
};

/* In order; all zero is none. */
struct disk_list {
	struct disk_config *disks;
	size_t count;
};

/* Free what @list owns and clear it. */
void disk_list_free(struct disk_list *list);

/* --disk, which sets a struct disk_list. */
extern const struct option_spec disk_options[];

#endif
