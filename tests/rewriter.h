/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rewriter.h - a guest's other processor, which rewrites what a device reads of
 * a request right after each read: what is read twice is another thing then
 *
 * For programs linked with --wrap=iov_gather, once in each.
 */
#ifndef TESTS_REWRITER_H
#define TESTS_REWRITER_H

#include <stdbool.h>

#include "base/iov.h"

static bool rewrites;

size_t __real_iov_gather(void *to, size_t len, const struct iovec *iov,
			 unsigned n);
size_t __wrap_iov_gather(void *to, size_t len, const struct iovec *iov,
			 unsigned n);

size_t __wrap_iov_gather(void *to, size_t len, const struct iovec *iov,
			 unsigned n)
{
	size_t done = __real_iov_gather(to, len, iov, n), left = done;

	for (unsigned i = 0; rewrites && left; i++)
		for (size_t k = 0; k < iov[i].iov_len && left; k++, left--)
			((uint8_t *)iov[i].iov_base)[k] ^= 0xff;
	return done;
}

#endif
