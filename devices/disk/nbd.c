/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/disk/nbd.h"

#include <errno.h>

#include "base/log.h"
#include "devices/disk/disk_config.h"

int nbd_open(struct disk **disk, const struct disk_config *config)
{
	const char *format = format_name(config->format);

	*disk = NULL;
	return log_fail(-ENOTSUP,
			"--disk %s: this minivmm was built without libnbd and "
			"reads raw images only: convert it, by `qemu-img "
			"convert -f %s -O raw %s FILE'",
			config->path, format, config->path);
}
