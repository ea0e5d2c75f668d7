/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/disk/disk_image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/printable.h"
#include "base/util.h"

static const char *const tasks[] = {
	[IMAGE_READING] = "reading",
	[IMAGE_WRITING] = "writing",
	[IMAGE_FLUSHING] = "flushing",
};

#define FAILED(task) offsetof(struct disk_image, failed[task])

static const struct count_spec specs[] = {
	{ "read_errors", "reads that the host's storage failed",
	  FAILED(IMAGE_READING), COUNT_SUM },
	{ "write_errors",
	  "writes, discards and zeroings that the host's storage failed",
	  FAILED(IMAGE_WRITING), COUNT_SUM },
	{ "flush_errors", "flushes that failed; one that does fails the rest",
	  FAILED(IMAGE_FLUSHING), COUNT_SUM },
};

const struct count_table disk_image_counters = { "image", specs,
						 ARRAY_SIZE(specs) };

int disk_image_init(struct disk_image *image, const char *name)
{
	image->name = strdup(name);
	if (!image->name)
		return -ENOMEM;
	printable_string(image->name);
	image->disk.name = image->name;
	return 0;
}

void disk_image_free(struct disk_image *image)
{
	free(image->name);
	free(image);
}

/* Whether this is the first @err of @task; the highest bit is shared by all
 * that have none of their own. */
static bool is_new(struct disk_image *image, enum disk_image_task task, int err)
{
	uint64_t bit = BIT64(MIN(-err, 63));

	return !(__atomic_fetch_or(&image->told[task], bit, __ATOMIC_RELAXED) &
		 bit);
}

void disk_image_count(struct disk_image *image, enum disk_image_task task)
{
	__atomic_fetch_add(&image->failed[task], 1, __ATOMIC_RELAXED);
}

int disk_image_failed(struct disk_image *image, enum disk_image_task task,
		      int err, const char *why)
{
	/* It was given up. */
	if (err == -ECANCELED)
		return err;
	if (err == -ENODATA) {
		why = "the file has become shorter";
		err = -EIO;
	}
	disk_image_count(image, task);
	if (is_new(image, task, err))
		log_warn("disk %s: %s failed: %s: the guest gets an I/O error; "
			 "more of them are only counted",
			 image->name, tasks[task], why ? why : strerror(-err));
	return err;
}

void disk_image_cancel(struct disk *disk)
{
	struct disk_image *image = (struct disk_image *)disk;

	__atomic_store_n(&image->cancelled, true, __ATOMIC_RELAXED);
}
