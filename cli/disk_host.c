/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/disk_host.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "devices/blk/blk.h"
#include "devices/blk/blk_part.h"
#include "devices/blk/disk.h"
#include "devices/disk/disk_config.h"
#include "devices/disk/disk_open.h"

static bool is_written(const struct disk_config *c)
{
	return !c->read_only && !c->snapshot;
}

/* Whether both are the same file or device.  A file that does not exist is
 * never the same. */
static bool is_same(const struct disk_config *a, const struct disk_config *b)
{
	struct stat x, y;

	if (stat(a->path, &x) < 0 || stat(b->path, &y) < 0)
		return false;
	if (S_ISBLK(x.st_mode) && S_ISBLK(y.st_mode))
		return x.st_rdev == y.st_rdev;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Check that disk @i of @list is not one of those before it, unless both are
 * only read. */
static int check_once(const struct disk_list *list, size_t i)
{
	const struct disk_config *c = &list->disks[i];

	for (size_t j = 0; j < i; j++)
		if ((is_written(c) || is_written(&list->disks[j])) &&
		    is_same(c, &list->disks[j]))
			return log_fail(-EINVAL,
					"--disk %s: it is given twice: add "
					"ro or snapshot to both",
					c->path);
	return 0;
}

static struct blk_drive drive_of(const struct disk_config *c, unsigned index)
{
	return (struct blk_drive){
		.index = index,
		.virtio = { .on = true,
			    .packed = c->ring != DISK_RING_SPLIT,
			    .transitional = c->transitional,
			    .queue_size = c->queue_size },
		.packed_only = c->ring == DISK_RING_PACKED,
	};
}

static int open_one(struct disk_host *host, const struct disk_list *list)
{
	unsigned i = host->count;
	struct blk_drive *drive = &host->drives[i];
	int err = check_once(list, i);

	*drive = drive_of(&list->disks[i], i);
	if (!err)
		err = disk_open(&drive->disk, &list->disks[i]);
	if (!err)
		host->count++;
	return err;
}

int disk_host_open(struct disk_host *host, const struct disk_list *list)
{
	int err = 0;

	if (!list->count)
		return 0;
	if (list->count > BLK_DISKS_MAX)
		return log_fail(-EINVAL,
				"--disk: there can be %d disks at most",
				BLK_DISKS_MAX);
	host->drives = calloc(list->count, sizeof(*host->drives));
	if (!host->drives)
		return log_fail(-ENOMEM, "--disk: %s", strerror(ENOMEM));
	while (!err && host->count < list->count)
		err = open_one(host, list);
	return err;
}

void disk_host_cancel(struct disk_host *host)
{
	for (unsigned i = 0; i < host->count; i++)
		disk_cancel(host->drives[i].disk);
}

void disk_host_close(struct disk_host *host)
{
	for (unsigned i = 0; i < host->count; i++)
		disk_close(host->drives[i].disk);
	free(host->drives);
	*host = (struct disk_host){ .count = 0 };
}
