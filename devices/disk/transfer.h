/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * transfer.h - whole requests to and from a file
 *
 * preadv(2) and pwritev(2) may transfer less than they were asked for: more
 * than 2 GiB, more than IOV_MAX pieces, a signal.  What is reported as whole
 * and was not corrupts the guest's file system.
 *
 * Threads: any.
 */
#ifndef DEVICES_DISK_TRANSFER_H
#define DEVICES_DISK_TRANSFER_H

#include <stdint.h>
#include <sys/uio.h>

/* Read all of @iov from @offset of @fd.  -ENODATA: the file ends before that;
 * -errno. */
int transfer_read(int fd, const struct iovec *iov, unsigned n, uint64_t offset);

/* Write all of it, with @flags of pwritev2(2).  -errno. */
int transfer_write(int fd, const struct iovec *iov, unsigned n, uint64_t offset,
		   int flags);

/* Write @len zeros.  -errno. */
int transfer_zeros(int fd, uint64_t offset, uint64_t len);

#endif
