/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "firmware/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/util.h"

/* Check the kind of the file, and set the size. */
static int check_kind(struct image *image)
{
	struct stat st;

	if (fstat(image->fd, &st) < 0)
		return log_fail(-errno, "%s: %s", image->path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return log_fail(-EISDIR, "%s: %s: name a file", image->path,
				strerror(EISDIR));
	if (!S_ISREG(st.st_mode))
		return log_fail(-EINVAL,
				"%s: not a regular file: copy it to one",
				image->path);
	if (st.st_size == 0)
		return log_fail(-ENODATA, "%s: empty file", image->path);
	image->size = (uint64_t)st.st_size;
	return 0;
}

int image_open(struct image *image, const char *path)
{
	int rc;

	*image = (struct image){ .fd = -1, .path = path };
	/* O_NONBLOCK: don't wait for the other end of a FIFO.  It has no effect
	 * on files. */
	image->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (image->fd < 0)
		return log_fail(-errno, "%s: %s", path, strerror(errno));
	rc = check_kind(image);
	if (rc < 0)
		image_close(image);
	return rc;
}

void image_close(struct image *image)
{
	close_fd(&image->fd);
}

const char *image_name(const struct image *image)
{
	const char *slash = strrchr(image->path, '/');

	return slash ? slash + 1 : image->path;
}

/* Like pread(2), but it reads less only at the end of the file or after an
 * error. */
static ssize_t read_at(const struct image *image, uint64_t offset, void *buf,
		       size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(image->fd, (uint8_t *)buf + done, len - done,
				  (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

size_t image_peek(const struct image *image, uint64_t offset, void *buf,
		  size_t len)
{
	ssize_t n;

	if (offset >= image->size)
		return 0;
	n = read_at(image, offset, buf, MIN(len, image->size - offset));
	return n < 0 ? 0 : (size_t)n;
}

bool image_find(const struct image *image, const char *text, uint64_t *found)
{
	enum { CHUNK = 64 * 1024 };
	size_t len = strlen(text), n;
	uint64_t at = 0;
	char buf[CHUNK];
	const char *p;

	/* Each chunk overlaps the one before, which may end with the beginning
	 * of @text. */
	for (; (n = image_peek(image, at, buf, CHUNK)) >= len;
	     at += n - len + 1) {
		p = memmem(buf, n, text, len);
		if (!p)
			continue;
		if (found)
			*found = at + (uint64_t)(p - buf);
		return true;
	}
	return false;
}

/* How many bytes are read before asking again whether to give up. */
#define PIECE (MIB)

static bool is_cancelled(const struct image *image)
{
	return image->cancel && image->cancel->asked(image->cancel->arg);
}

/* The same as read_at(), but -ECANCELED when told to give up. */
static ssize_t read_pieces(const struct image *image, uint64_t offset,
			   uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t piece = MIN(len - done, PIECE);
		ssize_t n;

		if (is_cancelled(image))
			return -ECANCELED;
		n = read_at(image, offset + done, buf + done, piece);
		if (n < 0)
			return n;
		done += (size_t)n;
		if ((size_t)n < piece)
			break;
	}
	return (ssize_t)done;
}

int image_load(const struct image *image, uint64_t offset, uint64_t len,
	       const struct mem *mem, uint64_t gpa)
{
	void *to = mem_at(mem, gpa, len);
	ssize_t n;

	if (!to)
		return log_fail(-EFAULT,
				"%s: %#llx bytes at %#llx are not in guest "
				"memory: give it more with --mem",
				image->path, (unsigned long long)len,
				(unsigned long long)gpa);
	if (offset > image->size || len > image->size - offset)
		return log_fail(-EIO, "%s: truncated: get a whole copy",
				image->path);
	n = read_pieces(image, offset, to, len);
	if (n == -ECANCELED)
		return -ECANCELED;
	if (n < 0)
		return log_fail((int)n, "%s: %s", image->path,
				strerror((int)-n));
	if ((uint64_t)n < len)
		return log_fail(-EIO,
				"%s: became shorter while in use: "
				"restart with a whole copy",
				image->path);
	return 0;
}
