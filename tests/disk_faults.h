/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_faults.h - a host's storage that does what it is told
 *
 * tests/disk.mk has the linker lead the calls here.  Included once by a test.
 */
#ifndef TESTS_DISK_FAULTS_H
#define TESTS_DISK_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "base/iov.h"
#include "base/util.h"
#include "devices/disk/transfer.h"

/* What a call does; all zero is as usual. */
struct call {
	/* Fails with this errno, if not 0; at most so often, if not 0. */
	int error, times;
	/* Transfers this many bytes at most, if not 0. */
	size_t most;
	/* Before it fails, it takes this long, and says that it has begun. */
	unsigned slow_us;
	bool begun;
	/* Every second one is interrupted. */
	bool interrupted;
	/* How often it was called, and the last flags or mode. */
	unsigned calls;
	int flags;
};

static struct {
	struct call read, write, sync, allocate;
	/* fallocate(2) fails as told for these modes only, if not 0. */
	int mode;
} storage;

ssize_t __real_preadv2(int fd, const struct iovec *iov, int n, off_t offset,
		       int flags);
ssize_t __wrap_preadv2(int fd, const struct iovec *iov, int n, off_t offset,
		       int flags);
ssize_t __real_pwritev2(int fd, const struct iovec *iov, int n, off_t offset,
			int flags);
ssize_t __wrap_pwritev2(int fd, const struct iovec *iov, int n, off_t offset,
			int flags);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fallocate(int fd, int mode, off_t offset, off_t len);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t len);

/* The call is about to fail by @call->error. */
static void call_error(struct call *call)
{
	int error = errno;

	if (error == call->error && call->times && !--call->times)
		call->error = 0;
	if (call->slow_us) {
		__atomic_store_n(&call->begun, true, __ATOMIC_RELAXED);
		usleep(call->slow_us);
	}
	errno = error;
}

/* Whether this call fails, with errno. */
static bool call_fails(struct call *call, int flags)
{
	unsigned calls = __atomic_fetch_add(&call->calls, 1, __ATOMIC_RELAXED);

	__atomic_store_n(&call->flags, flags, __ATOMIC_RELAXED);
	errno = call->interrupted && calls % 2 ? EINTR : call->error;
	if (!errno)
		return false;
	call_error(call);
	return true;
}

ssize_t __wrap_preadv2(int fd, const struct iovec *iov, int n, off_t offset,
		       int flags)
{
	struct iovec part[1024];
	size_t most = storage.read.most;

	if (call_fails(&storage.read, flags))
		return -1;
	if (!most)
		return __real_preadv2(fd, iov, n, offset, flags);
	n = (int)iov_cut(iov, (unsigned)n, 0, most, part, 1024);
	return __real_preadv2(fd, part, n, offset, flags);
}

ssize_t __wrap_pwritev2(int fd, const struct iovec *iov, int n, off_t offset,
			int flags)
{
	struct iovec part[1024];
	size_t most = storage.write.most;

	if (call_fails(&storage.write, flags))
		return -1;
	if (!most)
		return __real_pwritev2(fd, iov, n, offset, flags);
	n = (int)iov_cut(iov, (unsigned)n, 0, most, part, 1024);
	return __real_pwritev2(fd, part, n, offset, flags);
}

int __wrap_fdatasync(int fd)
{
	return call_fails(&storage.sync, 0) ? -1 : __real_fdatasync(fd);
}

int __wrap_fallocate(int fd, int mode, off_t offset, off_t len)
{
	if ((!storage.mode || storage.mode & mode) &&
	    call_fails(&storage.allocate, mode))
		return -1;
	return __real_fallocate(fd, mode, offset, len);
}

#endif
