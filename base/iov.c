/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/iov.h"

#include <string.h>

#include "base/util.h"

uint64_t iov_bytes(const struct iovec *iov, unsigned n)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += iov[i].iov_len;
	return sum;
}

unsigned iov_cut(const struct iovec *iov, unsigned n, uint64_t skip,
		 uint64_t len, struct iovec *part, unsigned max)
{
	unsigned count = 0;

	for (; n && skip >= iov->iov_len; iov++, n--)
		skip -= iov->iov_len;
	for (; n && len && count < max; iov++, n--) {
		size_t take = MIN(iov->iov_len - skip, len);

		if (take)
			part[count++] =
				(struct iovec){ (char *)iov->iov_base + skip,
						take };
		len -= take;
		skip = 0;
	}
	return count;
}

size_t iov_gather(void *to, size_t len, const struct iovec *iov, unsigned n)
{
	size_t done = 0;

	for (unsigned i = 0; i < n && done < len; i++) {
		size_t part = MIN(iov[i].iov_len, len - done);

		memcpy((uint8_t *)to + done, iov[i].iov_base, part);
		done += part;
	}
	return done;
}

size_t iov_scatter(const struct iovec *iov, unsigned n, const void *from,
		   size_t len)
{
	size_t done = 0;

	for (unsigned i = 0; i < n && done < len; i++) {
		size_t part = MIN(iov[i].iov_len, len - done);

		memcpy(iov[i].iov_base, (const uint8_t *)from + done, part);
		done += part;
	}
	return done;
}

void iov_skip(struct iovec **iov, uint32_t *n, uint64_t len)
{
	while (*n > 0) {
		size_t part = MIN(len, (*iov)->iov_len);

		(*iov)->iov_base = (uint8_t *)(*iov)->iov_base + part;
		(*iov)->iov_len -= part;
		len -= part;
		if ((*iov)->iov_len > 0)
			return;
		++*iov;
		--*n;
	}
}
