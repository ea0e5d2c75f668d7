/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/disk/disk_open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/blk/disk.h"
#include "devices/disk/disk_config.h"
#include "devices/disk/disk_file.h"
#include "devices/disk/disk_lock.h"
#include "devices/disk/nbd.h"
#include "devices/disk/overlay.h"
#include "devices/disk/raw.h"

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

/*
 * Make one of @size bytes, all of them a hole, in $TMPDIR, or where there is
 * none in /var/tmp or /tmp, or where none of them can, in memory.  *@where is
 * where it is; a constant, or of the environment.  A descriptor; -errno.
 */
static int temp_file(uint64_t size, const char **where)
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

static int lock(const struct disk_file *file, const struct disk_config *c)
{
	bool write = !c->read_only && !c->snapshot;
	struct file_holder holder;
	int err = disk_lock(file->fd, write, &holder);

	if (err == -EBUSY)
		return disk_file_busy(c, &holder);
	if (err && write)
		log_warn("--disk %s: its file system has no locks (%s): see to "
			 "it that nothing else uses it",
			 c->path, strerror(-err));
	return 0;
}

/* That what looks like another format is meant to be raw is to be said. */
static int check_raw(const struct disk_file *file, const struct disk_config *c)
{
	char head[FORMAT_BYTES];
	ssize_t n = pread(file->fd, head, sizeof(head), 0);
	const char *seen;

	if (n < 0)
		return log_fail(-errno, "--disk %s: %s", c->path,
				strerror(errno));
	if (format_seen(head, (size_t)n) == FORMAT_RAW)
		return 0;
	seen = format_name(format_seen(head, (size_t)n));
	return log_fail(-EINVAL,
			"--disk %s: it begins like an image of the format %s: "
			"say format=%s, or format=raw if the guest is to see "
			"these bytes",
			c->path, seen, seen);
}

static int check_size(struct disk_file *file, const struct disk_config *c)
{
	unsigned rest = file->size % 512;

	file->size -= rest;
	if (!file->size)
		return log_fail(-EINVAL,
				"--disk %s: its %u bytes are no whole sector "
				"of 512: give it a size, by "
				"`truncate -s 10G FILE'",
				c->path, rest);
	if (rest)
		log_warn("--disk %s: its last %u bytes are no whole sector: "
			 "the guest doesn't see them",
			 c->path, rest);
	return 0;
}

static int make_raw(struct disk **disk, struct disk_file *file,
		    const struct disk_config *c)
{
	const struct raw_options options = {
		.read_only = c->read_only || c->snapshot,
		.unsafe = c->unsafe,
	};
	int err = lock(file, c);

	if (!err && c->format == FORMAT_UNSAID)
		err = check_raw(file, c);
	if (!err)
		err = check_size(file, c);
	if (err)
		return err;
	err = raw_make(disk, file->fd, file->size, c->path, &options);
	return err ? log_fail(err, "--disk %s: %s", c->path, strerror(-err)) :
		     0;
}

static int open_raw(struct disk **disk, const struct disk_config *c)
{
	struct disk_file file;
	int err = disk_file_open(&file, c);

	if (err)
		return err;
	err = make_raw(disk, &file, c);
	if (err)
		close_fd(&file.fd);
	return err;
}

/* Where the writes of a snapshot of @base go. */
static int make_top(struct disk **top, const struct disk *base)
{
	const struct raw_options options = { .unsafe = true };
	char name[PATH_MAX + 64];
	const char *where;
	int fd = temp_file(base->size, &where), err;

	if (fd < 0)
		return fd;
	log_info("disk %s: what is written goes to a temporary file in %s",
		 base->name, where);
	snprintf(name, sizeof(name), "%s, its snapshot in %s", base->name,
		 where);
	err = raw_make(top, fd, base->size, name, &options);
	if (err)
		close_fd(&fd);
	return err;
}

/* *@disk becomes a snapshot of itself. */
static int lay_over(struct disk **disk)
{
	struct disk *top = NULL;
	int err = make_top(&top, *disk);

	if (!err)
		err = overlay_make(disk, *disk, top);
	if (!err)
		return 0;
	if (disk_file_allowed((*disk)->size))
		log_err("--disk %s: snapshot: %s: have TMPDIR name a directory "
			"whose file system takes a file of %" PRIu64 " bytes",
			(*disk)->name, strerror(-err), (*disk)->size);
	else
		log_err("--disk %s: snapshot: `ulimit -f` allows no file of "
			"%" PRIu64 " bytes: raise it",
			(*disk)->name, (*disk)->size);
	disk_close(top);
	disk_close(*disk);
	*disk = NULL;
	return err;
}

int disk_open(struct disk **disk, const struct disk_config *config)
{
	bool raw = config->format <= FORMAT_RAW;
	int err;

	*disk = NULL;
	err = raw ? open_raw(disk, config) : nbd_disk_open(disk, config);
	if (!err && config->snapshot && !config->read_only)
		err = lay_over(disk);
	if (err)
		return err;
	(*disk)->read_only = config->read_only;
	if (config->serial)
		memcpy((*disk)->serial, config->serial,
		       MIN(strlen(config->serial), sizeof((*disk)->serial)));
	return 0;
}
