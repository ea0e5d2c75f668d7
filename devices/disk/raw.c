/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/disk/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/iov.h"
#include "base/util.h"
#include "devices/disk/disk_image.h"
#include "devices/disk/transfer.h"

enum {
	/* 4 KiB, for files: the page cache's. */
	PHYSICAL_EXP = 3,
	PHYSICAL_EXP_MAX = 8,
};

struct raw {
	struct disk_image image;
	int fd;
	bool unsafe;
	/* The file is in memory: no read waits. */
	bool in_memory;
	/* What the file turned out to lack.  Set once, by any thread; relaxed:
	 * who doesn't see it yet asks the kernel once more. */
	bool no_read_now, no_punch, no_zero_range;
	/* One flush at a time: of an error in writing back, the kernel tells
	 * the first that asks. */
	pthread_mutex_t flush_lock;
	/* By it, and by durable writes: -errno of the first that failed, for
	 * ever.  Relaxed: written before the call that failed returns. */
	int flush_error;
};

static struct raw *raw_of(struct disk *disk)
{
	return (struct raw *)disk;
}

static bool has(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_RELAXED);
}

static void set(bool *flag)
{
	__atomic_store_n(flag, true, __ATOMIC_RELAXED);
}

/* Whether a request may begin. */
static int may_begin(struct raw *raw, bool writes)
{
	if (disk_image_is_cancelled(&raw->image))
		return -ECANCELED;
	return writes && raw->image.disk.read_only ? -EROFS : 0;
}

static int raw_read(struct disk *disk, const struct iovec *iov, unsigned n,
		    uint64_t offset)
{
	struct raw *raw = raw_of(disk);
	int err = may_begin(raw, false);

	if (err)
		return err;
	err = transfer_read(raw->fd, iov, n, offset);
	return err ? disk_image_failed(&raw->image, IMAGE_READING, err, NULL) :
		     0;
}

/* What is not all there at once, and every error, is raw_read()'s to see. */
static int raw_read_now(struct disk *disk, const struct iovec *iov, unsigned n,
			uint64_t offset)
{
	struct raw *raw = raw_of(disk);
	int flags = raw->in_memory ? 0 : RWF_NOWAIT;
	ssize_t got;

	if (has(&raw->no_read_now) || n > IOV_MAX)
		return -EAGAIN;
	got = preadv2(raw->fd, iov, (int)n, (off_t)offset, flags);
	if (got < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		set(&raw->no_read_now);
	return got >= 0 && (uint64_t)got == iov_bytes(iov, n) ? 0 : -EAGAIN;
}

/* From now on no flush succeeds. */
static void latch(struct raw *raw, int err)
{
	int none = 0;

	__atomic_compare_exchange_n(&raw->flush_error, &none, err, false,
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static int sync_file(struct raw *raw)
{
	int err;

	do
		err = fdatasync(raw->fd) < 0 ? -errno : 0;
	while (err == -EINTR);
	return err;
}

/*
 * On the medium when it returns.  When this fails it may have been told of an
 * earlier write's error, which no flush will hear of then; so it is latched.
 */
static int write_durable(struct raw *raw, const struct iovec *iov, unsigned n,
			 uint64_t offset)
{
	int err = transfer_write(raw->fd, iov, n, offset, RWF_DSYNC);

	/* Linux before 4.7. */
	if (err == -EOPNOTSUPP || err == -ENOSYS) {
		err = transfer_write(raw->fd, iov, n, offset, 0);
		if (!err)
			err = sync_file(raw);
	}
	if (err)
		latch(raw, err);
	return err;
}

static int raw_write(struct disk *disk, const struct iovec *iov, unsigned n,
		     uint64_t offset, bool durable)
{
	struct raw *raw = raw_of(disk);
	int err = may_begin(raw, true);

	if (err)
		return err;
	err = durable && !raw->unsafe ?
		      write_durable(raw, iov, n, offset) :
		      transfer_write(raw->fd, iov, n, offset, 0);
	return err ? disk_image_failed(&raw->image, IMAGE_WRITING, err, NULL) :
		     0;
}

static int flush_locked(struct raw *raw)
{
	int err = __atomic_load_n(&raw->flush_error, __ATOMIC_RELAXED);

	if (!err)
		err = sync_file(raw);
	if (err)
		latch(raw, err);
	return err;
}

static int raw_flush(struct disk *disk)
{
	struct raw *raw = raw_of(disk);
	int err = may_begin(raw, false);

	if (err || raw->unsafe || disk->read_only)
		return err;
	pthread_mutex_lock(&raw->flush_lock);
	err = flush_locked(raw);
	pthread_mutex_unlock(&raw->flush_lock);
	return err ? disk_image_failed(&raw->image, IMAGE_FLUSHING, err, NULL) :
		     0;
}

/* 0, -errno, or 1: the file can't do that, for this range or (@lacks) any. */
static int allocate(struct raw *raw, bool *lacks, int mode, uint64_t offset,
		    uint64_t len)
{
	if (has(lacks))
		return 1;
	while (fallocate(raw->fd, mode | FALLOC_FL_KEEP_SIZE, (off_t)offset,
			 (off_t)len) < 0) {
		if (errno == EOPNOTSUPP || errno == ENOSYS)
			set(lacks);
		else if (errno == EINTR)
			continue;
		else if (errno != EINVAL && errno != EPERM)
			return -errno;
		return 1;
	}
	return 0;
}

static int punch(struct raw *raw, uint64_t offset, uint64_t len)
{
	return allocate(raw, &raw->no_punch, FALLOC_FL_PUNCH_HOLE, offset, len);
}

static int raw_discard(struct disk *disk, uint64_t offset, uint64_t len)
{
	struct raw *raw = raw_of(disk);
	int err = may_begin(raw, true);

	if (err || !len)
		return err;
	err = punch(raw, offset, len);
	return err < 0 ? disk_image_failed(&raw->image, IMAGE_WRITING, err,
					   NULL) :
			 0;
}

/* What can't be done the one way is done the next. */
static int zero_range(struct raw *raw, uint64_t offset, uint64_t len,
		      bool may_unmap)
{
	int rc = may_unmap ? punch(raw, offset, len) : 1;

	if (rc > 0)
		rc = allocate(raw, &raw->no_zero_range, FALLOC_FL_ZERO_RANGE,
			      offset, len);
	return rc > 0 ? transfer_zeros(raw->fd, offset, len) : rc;
}

static int raw_zero(struct disk *disk, uint64_t offset, uint64_t len,
		    bool may_unmap)
{
	struct raw *raw = raw_of(disk);
	int err = may_begin(raw, true);

	if (err || !len)
		return err;
	err = zero_range(raw, offset, len, may_unmap);
	return err ? disk_image_failed(&raw->image, IMAGE_WRITING, err, NULL) :
		     0;
}

static void raw_close(struct disk *disk)
{
	struct raw *raw = raw_of(disk);

	close_fd(&raw->fd);
	pthread_mutex_destroy(&raw->flush_lock);
	disk_image_free(&raw->image);
}

static const struct disk_ops ops = {
	.read = raw_read,
	.read_now = raw_read_now,
	.write = raw_write,
	.flush = raw_flush,
	.discard = raw_discard,
	.zero = raw_zero,
	.cancel = disk_image_cancel,
	.close = raw_close,
	.counters = &disk_image_counters,
};

/* How large the medium's own blocks are. */
static uint8_t physical_exp(int fd, bool is_device)
{
	unsigned bytes = 0, exp = 0;

	if (!is_device || ioctl(fd, BLKPBSZGET, &bytes) < 0)
		return PHYSICAL_EXP;
	while (exp < PHYSICAL_EXP_MAX && 512U << exp < bytes)
		exp++;
	return (uint8_t)exp;
}

/* Behind the end, and a last sector that is not whole, so that nothing
 * changes.  A device is asked
 * when it comes to that. */
static bool can_punch(int fd, uint64_t size)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 (off_t)ALIGN_UP(size + 512, 4096), 4096) == 0;
}

static void look_at(struct raw *raw)
{
	struct disk *disk = &raw->image.disk;
	struct statfs fs;
	struct stat st;
	bool is_device = fstat(raw->fd, &st) == 0 && S_ISBLK(st.st_mode);

	disk->physical_exp = physical_exp(raw->fd, is_device);
	disk->can_discard = !disk->read_only &&
			    (is_device || can_punch(raw->fd, disk->size));
	raw->in_memory = !is_device && fstatfs(raw->fd, &fs) == 0 &&
			 (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

int raw_make(struct disk **disk, int fd, uint64_t size, const char *name,
	     const struct raw_options *options)
{
	struct raw *raw = calloc(1, sizeof(*raw));

	if (!raw || disk_image_init(&raw->image, name) < 0) {
		free(raw);
		return -ENOMEM;
	}
	raw->fd = fd;
	raw->unsafe = options->unsafe;
	pthread_mutex_init(&raw->flush_lock, NULL);
	raw->image.disk.ops = &ops;
	raw->image.disk.size = size;
	raw->image.disk.read_only = options->read_only;
	raw->image.disk.writes_copy = true;
	look_at(raw);
	*disk = &raw->image.disk;
	return 0;
}
