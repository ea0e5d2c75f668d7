/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fd_bits.h - a set of file descriptors that grows as needed; one thread
 */
#ifndef DEVICES_SLIRP_FD_BITS_H
#define DEVICES_SLIRP_FD_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To be zero-initialised. */
struct fd_bits {
	uint64_t *words;
	size_t n_words;
	/* How many descriptors are in the set. */
	unsigned count;
};

/* Add @fd, which may be in the set already.  False when out of memory. */
bool fd_bits_add(struct fd_bits *bits, int fd);
/* Remove @fd, which may be -1 or not be in the set. */
void fd_bits_remove(struct fd_bits *bits, int fd);
bool fd_bits_has(const struct fd_bits *bits, int fd);
void fd_bits_clear(struct fd_bits *bits);
void fd_bits_free(struct fd_bits *bits);

#endif
