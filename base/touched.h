/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * touched.h - which pages of a mapping were ever written
 *
 * For private memory without a file: a page that was never written is all
 * zeros, and to read it would make the kernel allocate it.
 *
 * Threads: any; pages that are written meanwhile may be missed.
 */
#ifndef BASE_TOUCHED_H
#define BASE_TOUCHED_H

#include <stdbool.h>
#include <stdint.h>

/* Open what touched_next() needs, as a sandbox would not allow it later.  -1:
 * the system does not tell. */
int touched_open(void);

/*
 * Find the next stretch of written pages, from *@at on, in the @size bytes at
 * @base; both are multiples of the page size.  The stretch is from *@at to
 * before *@end, at most a few MiB.  False: there is none.  If the system does
 * not tell, all pages count as written.
 */
bool touched_next(int map, const void *base, uint64_t size, uint64_t *at,
		  uint64_t *end);

#endif
