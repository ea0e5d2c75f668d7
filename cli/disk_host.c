/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/disk_host.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "devices/blk/disk.h"
#include "devices/disk/disk_config.h"
#include "devices/disk/disk_open.h"

static bool is_written(const struct disk_config *c)
{
	return !c->read_only && !c->snapshot;
}

/* Whether both are the same file or device; one that is not there is none. */
static bool is_same(const struct disk_config *a, const struct disk_config *b)
{
	struct stat x, y;

	if (stat(a->path, &x) < 0 || stat(b->path, &y) < 0)
		return false;
	if (S_ISBLK(x.st_mode) && S_ISBLK(y.st_mode))
		return x.st_rdev == y.st_rdev;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Number @i of @list is none of those before it, or nobody writes to it. */
static int check_once(const struct disk_list *list, size_t i)
{
	const struct disk_config *c = &list->disks[i];

	for (size_t j = 0; j < i; j++)
		if ((is_written(c) || is_written(&list->disks[j])) &&
		    is_same(c, &list->disks[j]))
			return log_fail(-EINVAL,
					"--disk %s: it is given twice: that "
					"can be with ro or snapshot at both",
					c->path);
	return 0;
}

int disk_host_open(struct disk_host *host, const struct disk_list *list)
{
	int err = 0;

	if (!list->count)
		return 0;
	host->disks = calloc(list->count, sizeof(struct disk *));
	if (!host->disks)
		return log_fail(-ENOMEM, "--disk: %s", strerror(ENOMEM));
	host->count = list->count;
	for (size_t i = 0; i < list->count && !err; i++) {
		err = check_once(list, i);
		if (!err)
			err = disk_open(&host->disks[i], &list->disks[i]);
	}
	return err;
}

void disk_host_cancel(struct disk_host *host)
{
	for (size_t i = 0; i < host->count; i++)
		if (host->disks[i])
			disk_cancel(host->disks[i]);
}

void disk_host_close(struct disk_host *host)
{
	for (size_t i = 0; i < host->count; i++)
		disk_close(host->disks[i]);
	free(host->disks);
	*host = (struct disk_host){ .count = 0 };
}
