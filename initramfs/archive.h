/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive.h - an initramfs that is made in memory
 *
 * cpio's "newc" format, as in Linux's buffer-format.rst: entries one behind
 * the other, a folder before what is in it.
 *
 * Main thread.
 */
#ifndef INITRAMFS_ARCHIVE_H
#define INITRAMFS_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct archive {
	FILE *out;
	char *bytes;
	size_t len;
};

/* An empty one.  -ENOMEM. */
int archive_open(struct archive *archive);

/* Add a folder.  Of @path, which is absolute, the first slash is left out. */
void archive_folder(struct archive *archive, const char *path);

/* Add a file with @len bytes; @mode is its permissions.  What can't be added
 * is told by archive_close(). */
void archive_file(struct archive *archive, const char *path, unsigned mode,
		  const void *data, size_t len);

/* Add a symbolic link to @target. */
void archive_link(struct archive *archive, const char *path,
		  const char *target);

/* The whole of it, its length a multiple of 4; to be freed by the caller.
 * -ENOMEM. */
int archive_close(struct archive *archive, uint8_t **bytes, size_t *len);

#endif
