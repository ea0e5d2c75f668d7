/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_file.h - the file or block device of a --disk, opened and measured
 *
 * Main thread; the host's storage may be waited for.
 */
#ifndef DEVICES_DISK_DISK_FILE_H
#define DEVICES_DISK_DISK_FILE_H

#include <stdbool.h>
#include <stdint.h>

struct disk_config;
struct file_holder;

struct disk_file {
	int fd;
	/* In bytes, of which the last sector may not be whole. */
	uint64_t size;
	bool is_device;
};

/* Open the file of @config for what it is to be used for; a block device that
 * is written to is kept from being mounted.  Logs; -errno. */
int disk_file_open(struct disk_file *file, const struct disk_config *config);

/* Say that @config's file is in use by @holder.  Returns -EBUSY. */
int disk_file_busy(const struct disk_config *config,
		   const struct file_holder *holder);

/* Whether `ulimit -f` lets us write a file of @size bytes to its end.  Any
 * thread. */
bool disk_file_allowed(uint64_t size);

#endif
