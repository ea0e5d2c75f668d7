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

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A file that is written before it has its name. */
struct draft {
	/* -1: none. */
	int fd;
	/* The other name that it has meanwhile; "": none, and it is gone when
	 * it is closed. */
	char name[PATH_MAX];
};

/* Begin the file for @path, readable by its owner alone: without a name, where
 * the file system can, else with @named as draft_name() makes it.
 * -EOPNOTSUPP: it cannot, and not @named; -errno. */
int draft_open(struct draft *draft, const char *path, bool named);

/* It is whole: put it at @path, in the place of what is there.  -errno, and it
 * is dropped. */
int draft_place(struct draft *draft, const char *path);

/* Forget it; one that was placed is fine. */
void draft_drop(struct draft *draft);

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
