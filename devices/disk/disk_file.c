/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/disk/disk_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/disk/disk_config.h"
#include "devices/disk/disk_lock.h"
#include "devices/disk/file_holder.h"

static bool is_written(const struct disk_config *c)
{
	return !c->read_only && !c->snapshot;
}

int disk_file_busy(const struct disk_config *config,
		   const struct file_holder *holder)
{
	if (holder->pid == getpid())
		return log_fail(-EBUSY,
				"--disk %s: it is given twice: add ro or "
				"snapshot to both",
				config->path);
	if (holder->pid)
		return log_fail(-EBUSY,
				"--disk %s: it is in use by %s (process %d): "
				"end that first, or copy the file",
				config->path, holder->name, (int)holder->pid);
	return log_fail(-EBUSY,
			"--disk %s: another program is using it: end that "
			"first, or copy the file",
			config->path);
}

/* A device with a file system on it that the host uses changes beneath the
 * guest, and the guest's writes would destroy it. */
static int refuse_mounted(const struct disk_config *c, const char *where)
{
	return log_fail(-EBUSY,
			"--disk %s: the host has it mounted at %s: unmount it "
			"first",
			c->path, where);
}

static int check_mounted(const struct disk_config *c, dev_t dev)
{
	char where[PATH_MAX];
	bool writable;

	if (!file_mounted(dev, where, sizeof(where), &writable) ||
	    (!writable && !is_written(c)))
		return 0;
	return refuse_mounted(c, where);
}

/* A block device was opened with O_EXCL, and somebody else has done so.  One
 * of QEMU's programs, or of us, has locked it, too. */
static int fail_busy(const struct disk_config *c)
{
	struct file_holder holder = { .pid = 0 };
	char where[PATH_MAX];
	bool writable;
	struct stat st;
	int fd;

	if (stat(c->path, &st) == 0 &&
	    file_mounted(st.st_rdev, where, sizeof(where), &writable))
		return refuse_mounted(c, where);
	fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		disk_lock_test(fd, is_written(c), &holder);
	close_fd(&fd);
	return disk_file_busy(c, &holder);
}

static bool can_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool can = fd >= 0;

	close_fd(&fd);
	return can;
}

static int fail_open(const struct disk_config *c, int err)
{
	switch (-err) {
	case ENOENT:
		return log_fail(err,
				"--disk %s: there is no such file: make an "
				"empty disk by `truncate -s 10G FILE'",
				c->path);
	case EBUSY:
		return fail_busy(c);
	case EACCES:
	case EPERM:
	case EROFS:
	case ETXTBSY:
		if (is_written(c) && can_read(c->path))
			return log_fail(err,
					"--disk %s: it can't be written to "
					"(%s): add ,ro or ,snapshot",
					c->path, strerror(-err));
		break;
	default:
		return log_fail(err, "--disk %s: %s", c->path, strerror(-err));
	}
	return log_fail(err, "--disk %s: %s: let this user read the file%s",
			c->path, strerror(-err),
			is_written(c) ? " and write to it" : "");
}

static int fail_kind(const struct disk_config *c, mode_t mode)
{
	if (S_ISDIR(mode))
		return log_fail(-EISDIR,
				"--disk %s: it is a directory: pack it, by "
				"`mksquashfs %s FILE', and say --disk FILE,ro",
				c->path, c->path);
	return log_fail(-EINVAL,
			"--disk %s: it is neither a file nor a block device",
			c->path);
}

/* What is no file or device is not opened: that might wait, or do things. */
static int check_kind(const struct disk_config *c, struct stat *st)
{
	if (stat(c->path, st) < 0)
		return fail_open(c, -errno);
	if (S_ISBLK(st->st_mode))
		return check_mounted(c, st->st_rdev);
	return S_ISREG(st->st_mode) ? 0 : fail_kind(c, st->st_mode);
}

static int measure(struct disk_file *file, const struct disk_config *c)
{
	struct stat st;
	int err = fstat(file->fd, &st) < 0 ? -errno : 0;

	file->size = (uint64_t)st.st_size;
	if (!err && file->is_device &&
	    ioctl(file->fd, BLKGETSIZE64, &file->size) < 0)
		err = -errno;
	if (err)
		return log_fail(err, "--disk %s: %s", c->path, strerror(-err));
	if (file->size)
		return 0;
	return log_fail(-EINVAL, "--disk %s: it is empty: %s", c->path,
			file->is_device ?
				"put a medium into the device" :
				"give it a size, by `truncate -s 10G FILE'");
}

bool disk_file_allowed(uint64_t size)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur >= size;
}

/* What would fail each write, or those behind some place, is told now.  Linux
 * lets a read-only device be opened for writing. */
static int check_writable(const struct disk_file *file,
			  const struct disk_config *c)
{
	int read_only = 0;

	if (!is_written(c))
		return 0;
	if (file->is_device)
		return ioctl(file->fd, BLKROGET, &read_only) == 0 && read_only ?
			       fail_open(c, -EROFS) :
			       0;
	if (disk_file_allowed(file->size))
		return 0;
	return log_fail(-EFBIG,
			"--disk %s: `ulimit -f` allows no file of its size: "
			"raise it, or add ,ro",
			c->path);
}

int disk_file_open(struct disk_file *file, const struct disk_config *config)
{
	const struct disk_config *c = config;
	int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK, err;
	struct stat st;

	*file = (struct disk_file){ .fd = -1 };
	err = check_kind(c, &st);
	if (err)
		return err;
	file->is_device = S_ISBLK(st.st_mode);
	flags |= is_written(c) ? O_RDWR : O_RDONLY;
	if (file->is_device && is_written(c))
		flags |= O_EXCL;
	file->fd = open(c->path, flags);
	if (file->fd < 0)
		return fail_open(c, -errno);
	err = measure(file, c);
	if (!err)
		err = check_writable(file, c);
	if (err)
		close_fd(&file->fd);
	return err;
}
