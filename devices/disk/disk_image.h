/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_image.h - what all kinds of images share: a name, and how errors are
 * told
 *
 * Of what the host's storage refuses, a line is written for the first of its
 * kind, and all are counted: a guest repeats what has failed.
 *
 * Threads: any.
 */
#ifndef DEVICES_DISK_DISK_IMAGE_H
#define DEVICES_DISK_DISK_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/count.h"
#include "devices/blk/disk.h"

/* What was being done when it failed. */
enum disk_image_task {
	IMAGE_READING,
	IMAGE_WRITING,
	IMAGE_FLUSHING,
	IMAGE_TASKS,
};

/* The head of every kind of image. */
struct disk_image {
	struct disk disk;
	/* What disk.name is; owned. */
	char *name;
	/* How often a task has failed, and which errnos have been told of it,
	 * by their bits.  Any thread adds: relaxed, they stand for nothing
	 * else. */
	uint64_t failed[IMAGE_TASKS];
	uint64_t told[IMAGE_TASKS];
	/* cancel() was called.  Any thread; relaxed, it is looked at again and
	 * again. */
	bool cancelled;
};

/* The names of its counters, for disk_ops. */
extern const struct count_table disk_image_counters;

/* Name an image, which is all zero, after the file @name.  -ENOMEM. */
int disk_image_init(struct disk_image *image, const char *name);

void disk_image_free(struct disk_image *image);

/* @task has failed with @err: count it, and tell of the first.  @why says more
 * than the errno does, or is NULL.  Returns @err, as a driver may have it:
 * -EIO instead of -ENODATA. */
int disk_image_failed(struct disk_image *image, enum disk_image_task task,
		      int err, const char *why);

/* The same for what an image beneath has told of: it is only counted. */
void disk_image_count(struct disk_image *image, enum disk_image_task task);

/* disk_ops.cancel(): sets @cancelled. */
void disk_image_cancel(struct disk *disk);

static inline bool disk_image_is_cancelled(const struct disk_image *image)
{
	return __atomic_load_n(&image->cancelled, __ATOMIC_RELAXED);
}

#endif
