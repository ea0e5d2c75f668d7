/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/disk/transfer.h"

#include <errno.h>
#include <limits.h>

#include "base/iov.h"
#include "base/util.h"

/* How many pieces go into one call, where they have to be cut. */
enum { PIECES = 256 };

typedef ssize_t transfer_fn(int fd, const struct iovec *iov, int n,
			    off_t offset, int flags);

/* One call of @fn for what follows the first @done of @total bytes. */
static ssize_t step(transfer_fn *fn, int fd, const struct iovec *iov,
		    unsigned n, uint64_t offset, int flags, uint64_t done)
{
	struct iovec UNINITIALIZED part[PIECES];
	unsigned count;

	if (!done && n <= IOV_MAX)
		return fn(fd, iov, (int)n, (off_t)offset, flags);
	count = iov_cut(iov, n, done, UINT64_MAX, part, PIECES);
	return fn(fd, part, (int)count, (off_t)(offset + done), flags);
}

/* All of it, in as many calls as it takes. */
static int whole(transfer_fn *fn, int fd, const struct iovec *iov, unsigned n,
		 uint64_t offset, int flags)
{
	uint64_t total = iov_bytes(iov, n), done = 0;

	while (done < total) {
		ssize_t got = step(fn, fd, iov, n, offset, flags, done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ENODATA;
		done += (uint64_t)got;
	}
	return 0;
}

int transfer_read(int fd, const struct iovec *iov, unsigned n, uint64_t offset)
{
	return whole(preadv2, fd, iov, n, offset, 0);
}

int transfer_write(int fd, const struct iovec *iov, unsigned n, uint64_t offset,
		   int flags)
{
	int err = whole(pwritev2, fd, iov, n, offset, flags);

	return err == -ENODATA ? -EIO : err;
}

int transfer_zeros(int fd, uint64_t offset, uint64_t len)
{
	static const char zeros[4096];
	struct iovec UNINITIALIZED iov[PIECES];
	int err = 0;

	for (unsigned i = 0; i < PIECES; i++)
		iov[i] = (struct iovec){ (void *)(uintptr_t)zeros,
					 sizeof(zeros) };
	while (!err && len) {
		uint64_t most = MIN(len, PIECES * sizeof(zeros));
		struct iovec UNINITIALIZED part[PIECES];
		unsigned n = iov_cut(iov, PIECES, 0, most, part, PIECES);

		err = transfer_write(fd, part, n, offset, 0);
		offset += most;
		len -= most;
	}
	return err;
}
