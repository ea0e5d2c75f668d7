/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * draft.h - what is made under another name first
 *
 * A file or a socket that others wait for is made whole beside the place where
 * they look, and then put there in one step.  The name can't be guessed, so
 * nobody who may write to the folder can put a link in its way.
 *
 * Threads: any.
 */
#ifndef BASE_DRAFT_H
#define BASE_DRAFT_H

#include <stddef.h>
#include <sys/types.h>

/* Which file there is behind a name; zero-initialised, there is none. */
struct file_id {
	dev_t dev;
	ino_t ino;
};

/* A new name in the folder of @path, of @size bytes at most, its end
 * included.  -ENAMETOOLONG. */
int draft_name(char *name, size_t size, const char *path);

/* Which file @path itself is, not what a link leads to.  -errno. */
int file_id_of(struct file_id *id, const char *path);

/* Remove @path if it is still the file @id. */
void file_id_unlink(const struct file_id *id, const char *path);

#endif
