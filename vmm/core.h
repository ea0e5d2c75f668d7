/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * core.h - a file of all that the guest was: memory and registers
 *
 * An ELF core: each stretch of virtual memory that is mapped is a segment, and
 * so is each stretch of physical memory; they share the bytes of the file,
 * which has holes where nothing was written.  Each processor is a thread.  If
 * the guest is Linux its VMCOREINFO is a note, as in a kdump, so crash(8) knows
 * where the kernel is.
 *
 * Threads: main thread.
 */
#ifndef VMM_CORE_H
#define VMM_CORE_H

#include <stdbool.h>

#include "base/draft.h"

struct vm;

struct core_file {
	/* NULL: it was not opened. */
	const char *path;
	struct draft draft;
	/* For touched_next(). */
	int map;
	/* Put the draft at the path, where this process may not; NULL: it may.
	 * -errno. */
	int (*place)(void *arg);
	void *arg;
};

/* Find out that @path, which stays the caller's, can be written; nothing is
 * seen there yet, but with @now a file under another name, if there can be none
 * without a name: for who can open none later.  Logs; -errno, and core_close()
 * is fine. */
int core_open(struct core_file *file, const char *path, bool now);

/* One that is all zero is fine. */
void core_close(struct core_file *file);

/*
 * Write @file whole, or not at all, from @vm, whose processors have ended.
 * Takes as long as the memory that was touched takes to be written, unless
 * @give_up(@arg), which is asked every few MiB, says so; a process that is
 * killed meanwhile leaves nothing behind where the file system has files
 * without a name (O_TMPFILE).  On a terminal lines tell how far it is.  Once.
 * Logs; -errno.
 */
int core_write(struct core_file *file, const struct vm *vm,
	       bool (*give_up)(void *arg), void *arg);

#endif
