/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive.h - an initramfs that is made in memory
 *
 * The format is cpio's "newc", as in Linux's buffer-format.rst: entries one
 * behind the other, each folder before its contents.
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

/* Begin an empty archive.  -ENOMEM. */
int archive_open(struct archive *archive);

/* Add a folder.  @path is absolute; the archive has it without the first
 * slash. */
void archive_folder(struct archive *archive, const char *path);

/* Add a file with @len bytes and the permissions @mode. archive_close() reports
 * if that failed. */
void archive_file(struct archive *archive, const char *path, unsigned mode,
		  const void *data, size_t len);

/* Add a symbolic link to @target. */
void archive_link(struct archive *archive, const char *path,
		  const char *target);

/* End the archive.  Its length is a multiple of 4; to be freed by the caller.
 * -ENOMEM. */
int archive_close(struct archive *archive, uint8_t **bytes, size_t *len);

#endif
