/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spill.h - bytes that wait on disk
 *
 * A first-in-first-out queue in a temporary file without a name, which never
 * grows beyond a limit and gives the disk back what was read from it.  It is
 * opened at once: in a sandbox it could not be.
 *
 * Threads: the caller serialises all but spill_read(), which may run beside
 * spill_put() on a copy of the struct: what is queued does not move.
 */
#ifndef BASE_SPILL_H
#define BASE_SPILL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct spill {
	int fd;
	/* In bytes; the file is used as a ring of @limit bytes. */
	uint64_t limit, head, used;
};

/* An empty queue that takes up to @limit bytes. */
void spill_init(struct spill *spill, uint64_t limit);

/* Forget what is queued. */
void spill_free(struct spill *spill);

/* Append; returns how many bytes there was room for, on the disk too. */
size_t spill_put(struct spill *spill, const uint8_t *buf, size_t len);

/* Copy up to @len of the oldest bytes, which can be read but once and are to be
 * dropped then: the disk has its space back, where it can.  Returns how many,
 * or -errno if the file cannot be read. */
ssize_t spill_read(const struct spill *spill, uint8_t *buf, size_t len);

/* Remove the oldest @len bytes. */
void spill_drop(struct spill *spill, size_t len);

#endif
