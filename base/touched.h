/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * touched.h - which pages of a mapping have ever been written
 *
 * Of private memory without a file: a page that was not is all zeros, and to
 * read it would give it memory.
 *
 * Threads: any; what is written meanwhile may be missed.
 */
#ifndef BASE_TOUCHED_H
#define BASE_TOUCHED_H

#include <stdbool.h>
#include <stdint.h>

/* What tells, for touched_next(): in a sandbox it can't be opened.  -1: nothing
 * does. */
int touched_open(void);

/*
 * Find the next stretch of such pages, from *@at on, in the @size bytes at
 * @base, both a multiple of the page size: from *@at to before *@end, of a few
 * MiB at most.  False: there is none.  If the system does not tell, all pages
 * are taken for touched.
 */
bool touched_next(int map, const void *base, uint64_t size, uint64_t *at,
		  uint64_t *end);

#endif
