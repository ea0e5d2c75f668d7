/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * image.h - a file that goes into guest memory
 *
 * Kernels and initrds stay open for as long as the process lives and are
 * read straight into guest RAM, again at every reset; nothing of them is
 * kept in host memory.
 */
#ifndef FIRMWARE_IMAGE_H
#define FIRMWARE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mem;

/* Tells whether to give up a file that takes long.  NULL: never. */
struct image_cancel {
	bool (*asked)(void *arg);
	void *arg;
};

struct image {
	int fd;
	uint64_t size;
	const char *path;
	const struct image_cancel *cancel;
};

/* Open @path, which must be a regular file and not empty; logs.  The string
 * must outlive @image. */
int image_open(struct image *image, const char *path);
void image_close(struct image *image);

/* The file's name without its directory. */
const char *image_name(const struct image *image);

/* Read up to @len bytes from @offset to @buf.  Returns how many there were. */
size_t image_peek(const struct image *image, uint64_t offset, void *buf,
		  size_t len);

/* Whether @text occurs in the file; *@found is the first offset (NULL: not
 * needed).  May read the whole file. */
bool image_find(const struct image *image, const char *text, uint64_t *found);

/*
 * Read exactly [@offset, @offset + @len) of the file to guest memory at @gpa;
 * logs.  -EFAULT when that is not RAM, -EIO when the file has become shorter,
 * or the errno of read(2).  -ECANCELED, not logged, when @image's cancel tells
 * to give up.
 */
int image_load(const struct image *image, uint64_t offset, uint64_t len,
	       const struct mem *mem, uint64_t gpa);

#endif
