/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/disk/temp_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"

/* Where a file system has no files without a name: with one, for a moment. */
static int named_file(const char *dir)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/minivmm-XXXXXX", dir) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

/* @fd, which may be -errno, with its size; or -errno. */
static int sized(int fd, uint64_t size)
{
	int err;

	if (fd < 0 || ftruncate(fd, (off_t)size) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static int file_in(const char *dir, uint64_t size)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = named_file(dir);
	return sized(fd, size);
}

int temp_file(uint64_t size, const char **where)
{
	const char *const dirs[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	int fd = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && fd < 0; i++) {
		if (!dirs[i] || !*dirs[i])
			continue;
		*where = dirs[i];
		fd = file_in(dirs[i], size);
	}
	if (fd >= 0)
		return fd;
	*where = "memory";
	fd = memfd_create("minivmm-snapshot", MFD_CLOEXEC);
	return sized(fd < 0 ? -errno : fd, size);
}
