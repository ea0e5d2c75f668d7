/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * raw.h - an image whose bytes are the disk's: a file or a block device
 *
 * Through the page cache.  What flush() and durable writes promise is on the
 * medium (fdatasync(2), RWF_DSYNC); a flush that has failed can't be made good
 * by another, since Linux then takes the lost pages for written.
 */
#ifndef DEVICES_DISK_RAW_H
#define DEVICES_DISK_RAW_H

#include <stdbool.h>
#include <stdint.h>

struct disk;

struct raw_options {
	bool read_only;
	/* Promises of durability are not kept: flush() does nothing. */
	bool unsafe;
};

/*
 * Make a disk of @fd, which is then its own, of @size bytes, a multiple of 512
 * and not 0.  @name is for messages, copied.  -ENOMEM, and @fd is still the
 * caller's.
 */
int raw_make(struct disk **disk, int fd, uint64_t size, const char *name,
	     const struct raw_options *options);

#endif
