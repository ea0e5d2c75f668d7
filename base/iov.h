/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iov.h - bytes that lie in several pieces, as guests lend them
 *
 * Threads: any; nothing is kept.
 */
#ifndef BASE_IOV_H
#define BASE_IOV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/* How many bytes @n pieces have. */
uint64_t iov_bytes(const struct iovec *iov, unsigned n);

/*
 * The pieces of @iov (@n entries) that hold @len bytes from byte @skip on, at
 * most @max of them, into @part.  Returns how many; they may hold less than
 * @len.
 */
unsigned iov_cut(const struct iovec *iov, unsigned n, uint64_t skip,
		 uint64_t len, struct iovec *part, unsigned max);

/* Copy the first @len bytes of @n pieces to @to, or what there is; returns how
 * many those are. */
size_t iov_gather(void *to, size_t len, const struct iovec *iov, unsigned n);

/* The same the other way: from @from into the pieces. */
size_t iov_scatter(const struct iovec *iov, unsigned n, const void *from,
		   size_t len);

/* Take @len bytes off the front of *@n pieces at *@iov. */
void iov_skip(struct iovec **iov, uint32_t *n, uint64_t len);

#endif
