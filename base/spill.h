/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spill.h - bytes that wait on disk
 *
 * A first-in-first-out queue in a temporary file without a name.  It never
 * grows beyond a limit, and it gives disk space back when bytes were read.  The
 * file is opened at once, as a sandbox would not allow it later.
 *
 * Threads: the caller serialises all functions except spill_read(), which may
 * run at the same time as spill_put(), on a copy of the struct, because queued
 * bytes do not move.
 */
#ifndef BASE_SPILL_H
#define BASE_SPILL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct spill {
	int fd;
	/* In bytes; the file is a ring of @limit bytes. */
	uint64_t limit, head, used;
};

/* An empty queue that takes up to @limit bytes. */
void spill_init(struct spill *spill, uint64_t limit);

/* Drop what is queued. */
void spill_free(struct spill *spill);

/* Append bytes.  Returns for how many there was room, on the disk, too. */
size_t spill_put(struct spill *spill, const uint8_t *buf, size_t len);

/* Copy up to @len of the oldest bytes.  They can be read only once, as the disk
 * gets its space back if possible; drop them afterwards.  Returns how many, or
 * -errno if the file cannot be read. */
ssize_t spill_read(const struct spill *spill, uint8_t *buf, size_t len);

/* Remove the oldest @len bytes. */
void spill_drop(struct spill *spill, size_t len);

#endif
