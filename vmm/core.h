/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core.h - the state of a guest, its memory and registers, in a file
 *
 * An ELF core: each stretch of virtual memory that is mapped is a segment, and
 * so is each stretch of physical memory.  Both kinds share the bytes of the
 * file, which has holes where the guest wrote nothing.  Each processor is a
 * thread.  If the guest is Linux, its VMCOREINFO is a note, as in a kdump, so
 * crash(8) knows where the kernel is.
 *
 * Threads: main thread.
 */
#ifndef VMM_CORE_H
#define VMM_CORE_H

#include <stdbool.h>

#include "base/draft.h"

struct vm;

struct core_file {
	/* NULL: core_open() was not called. */
	const char *path;
	struct draft draft;
	/* For touched_next(). */
	int map;
	/* Gives the finished file its name, which this process may not do
	 * itself in a sandbox.  -errno. */
	int (*place)(void *arg);
	void *arg;
};

/*
 * Open a file for @path; the string stays the caller's.  Nothing appears at
 * @path yet; where the file system has no files without a name, the file has a
 * temporary one.  Logs; -errno, and then core_close() may be called all the
 * same.
 */
int core_open(struct core_file *file, const char *path);

/* One that is all zero is fine. */
void core_close(struct core_file *file);

/*
 * Write @file whole, or not at all, from @vm, whose processors have ended.
 * Call it once.
 *
 * The time this takes grows with the memory that the guest has touched.  Every
 * few MiB it asks @give_up(@arg), and stops if that returns true.  On a
 * terminal, messages tell the progress.  Logs; -errno.
 */
int core_write(struct core_file *file, const struct vm *vm,
	       bool (*give_up)(void *arg), void *arg);

#endif
