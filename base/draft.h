/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * draft.h - files and sockets that are made under another name first
 *
 * A file or a socket that others wait for is made complete beside its place,
 * and then put there in one step.  The first name can't be guessed, so others
 * who may write to the folder can't put a link there.
 *
 * Threads: any.
 */
#ifndef BASE_DRAFT_H
#define BASE_DRAFT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A file that is written before it gets its name. */
struct draft {
	/* -1: none. */
	int fd;
	/* The name that it has meanwhile; "": none, and then the file is gone
	 * when it is closed. */
	char name[PATH_MAX];
};

/* Begin the file for @path, readable by its owner only.  It has no name if the
 * file system supports that; otherwise it has one from draft_name().  Returns 0
 * or -errno. */
int draft_open(struct draft *draft, const char *path);

/* The file is complete: put it at @path, and replace what is there.  -errno,
 * and it is dropped. */
int draft_place(struct draft *draft, const char *path);

/* Drop the file.  A file that was placed is left alone. */
void draft_drop(struct draft *draft);

/* Identifies a file independently of its name.  Zero-initialised: none. */
struct file_id {
	dev_t dev;
	ino_t ino;
};

/* Make a new name in the folder of @path.  It has at most @size bytes, with the
 * terminating NUL.  -ENAMETOOLONG. */
int draft_name(char *name, size_t size, const char *path);

/* Identify the file @path itself, not the one that a link leads to.  -errno. */
int file_id_of(struct file_id *id, const char *path);

/* Remove @path if it is still the file @id. */
void file_id_unlink(const struct file_id *id, const char *path);

#endif
