/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fd_bits.h - a set of file descriptors, of any number; one thread
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
	/* How many it holds. */
	unsigned count;
};

/* False when out of memory; of what is in it already, nothing changes. */
bool fd_bits_add(struct fd_bits *bits, int fd);
/* Removing what is not in it, -1 included, is fine. */
void fd_bits_remove(struct fd_bits *bits, int fd);
bool fd_bits_has(const struct fd_bits *bits, int fd);
void fd_bits_clear(struct fd_bits *bits);
void fd_bits_free(struct fd_bits *bits);

#endif
