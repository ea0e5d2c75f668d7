/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/disk/disk_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/util.h"

/* QEMU's permissions, by the bytes that stand for them. */
enum {
	CONSISTENT_READ = BIT(0),
	WRITE = BIT(1),
	WRITE_UNCHANGED = BIT(2),
	RESIZE = BIT(3),
	PERMISSIONS = 4,

	/* Byte of the first permission that is used; of the first that others
	 * are not to have. */
	USED = 100,
	DENIED = 200,
};

static const unsigned reader = CONSISTENT_READ;
static const unsigned writer =
	CONSISTENT_READ | WRITE | WRITE_UNCHANGED | RESIZE;
static const unsigned denied = WRITE | RESIZE;

static struct flock byte_lock(short type, off_t at)
{
	return (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1,
	};
}

/* Read locks on byte @first + i for each bit i of @mask. */
static int take(int fd, off_t first, unsigned mask)
{
	for (unsigned i = 0; i < PERMISSIONS; i++) {
		struct flock lock = byte_lock(F_RDLCK, first + i);

		if (mask & BIT(i) && fcntl(fd, F_OFD_SETLK, &lock) < 0)
			return -errno;
	}
	return 0;
}

/* Whether somebody else has one of these.  A lock that is not of an open file
 * has a process; the others are to be looked for. */
static int look_for(int fd, off_t first, unsigned mask,
		    struct file_holder *holder)
{
	for (unsigned i = 0; i < PERMISSIONS; i++) {
		struct flock lock = byte_lock(F_WRLCK, first + i);
		struct stat st;

		if (!(mask & BIT(i)))
			continue;
		if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
			return -errno;
		if (lock.l_type == F_UNLCK)
			continue;
		*holder = (struct file_holder){ .pid = lock.l_pid };
		if (lock.l_pid > 0)
			file_holder_name(holder);
		else if (fstat(fd, &st) == 0)
			file_holder_find(holder, &st, (uint64_t)lock.l_start,
					 fd);
		return -EBUSY;
	}
	return 0;
}

int disk_lock_test(int fd, bool write, struct file_holder *holder)
{
	int err = look_for(fd, DENIED, write ? writer : reader, holder);

	return err ? err : look_for(fd, USED, denied, holder);
}

int disk_lock(int fd, bool write, struct file_holder *holder)
{
	int err = take(fd, USED, write ? writer : reader);

	*holder = (struct file_holder){ .pid = 0 };
	if (!err)
		err = take(fd, DENIED, denied);
	if (!err)
		return disk_lock_test(fd, write, holder);
	if (err != -EAGAIN && err != -EACCES)
		return err;
	/* Somebody has such a byte for writing, which QEMU never does. */
	disk_lock_test(fd, write, holder);
	return -EBUSY;
}
