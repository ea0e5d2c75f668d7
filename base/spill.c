/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/spill.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/util.h"

static int open_in(const char *dir)
{
	return open(dir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
}

/* Open a file without a name.  It is in memory if no file system supports such
 * files. */
static int open_file(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = dir ? open_in(dir) : -1;

	if (fd < 0)
		fd = open_in("/tmp");
	if (fd < 0)
		fd = memfd_create("minivmm-spill", MFD_CLOEXEC);
	return fd;
}

void spill_init(struct spill *spill, uint64_t limit)
{
	*spill = (struct spill){ .fd = open_file(), .limit = limit };
}

void spill_free(struct spill *spill)
{
	close_fd(&spill->fd);
}

/* How many of @len bytes from @pos on are before the end of the ring. */
static size_t straight(const struct spill *spill, uint64_t pos, size_t len)
{
	return (size_t)MIN(len, spill->limit - pos);
}

size_t spill_put(struct spill *spill, const uint8_t *buf, size_t len)
{
	size_t done = 0;

	len = (size_t)MIN(len, spill->limit - spill->used);
	while (done < len) {
		uint64_t pos = (spill->head + spill->used) % spill->limit;
		ssize_t n =
			pwrite(spill->fd, buf + done,
			       straight(spill, pos, len - done), (off_t)pos);

		if (n <= 0)
			break;
		spill->used += (size_t)n;
		done += (size_t)n;
	}
	return done;
}

ssize_t spill_read(const struct spill *spill, uint8_t *buf, size_t len)
{
	size_t max = straight(spill, spill->head, MIN(len, spill->used));
	ssize_t n = pread(spill->fd, buf, max, (off_t)spill->head);

	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	/* Nobody writes to that place before the bytes are dropped. */
	fallocate(spill->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		  (off_t)spill->head, n);
	return n;
}

void spill_drop(struct spill *spill, size_t len)
{
	assert(len <= spill->used);
	spill->used -= len;
	spill->head = (spill->head + len) % spill->limit;
	if (!spill->used)
		spill->head = 0;
}
