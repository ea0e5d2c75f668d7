/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * file_holder.h - who is in the way of using a file
 *
 * From /proc, as far as the user may look; nothing that could wait for the
 * file's storage is done.  Any thread.
 */
#ifndef DEVICES_DISK_FILE_HOLDER_H
#define DEVICES_DISK_FILE_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct file_holder {
	/* 0: nobody that can be seen. */
	pid_t pid;
	/* Its short name, printable. */
	char name[32];
};

/* Find a process that has a lock on byte @at of the file @st, by a descriptor
 * other than @fd of our own. */
void file_holder_find(struct file_holder *holder, const struct stat *st,
		      uint64_t at, int fd);

/* Fill in the name of @holder->pid. */
void file_holder_name(struct file_holder *holder);

/* Where the block device @dev is mounted, into @path, and whether it may be
 * written to there; false: nowhere that can be seen. */
bool file_mounted(dev_t dev, char *path, size_t size, bool *writable);

#endif
