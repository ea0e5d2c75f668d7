/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/touched.h"

#include <fcntl.h>

#include "base/util.h"

enum {
	PAGE = 4096,
	/* How many pages are looked up at a time: 4 MiB. */
	BATCH = 1024,
};

/* An entry of /proc/self/pagemap: the page is present, or swapped. */
#define THERE (UINT64_C(3) << 62)

/* Read the entries for @n pages from @addr on; false: the system does not
 * tell. */
static bool read_map(int map, const void *addr, uint64_t n, uint64_t *entries)
{
	const off_t at = (off_t)((uintptr_t)addr / PAGE * sizeof(*entries));
	const size_t len = n * sizeof(*entries);

	return map >= 0 && pread(map, entries, len, at) == (ssize_t)len;
}

int touched_open(void)
{
	return open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
}

bool touched_next(int map, const void *base, uint64_t size, uint64_t *at,
		  uint64_t *end)
{
	uint64_t entries[BATCH];

	while (*at < size) {
		const uint64_t n = MIN((size - *at) / PAGE, (uint64_t)BATCH);
		uint64_t first = 0, last;

		if (!read_map(map, (const char *)base + *at, n, entries)) {
			*end = *at + n * PAGE;
			return true;
		}
		while (first < n && !(entries[first] & THERE))
			first++;
		for (last = first; last < n && entries[last] & THERE;)
			last++;
		*end = *at + last * PAGE;
		*at += first * PAGE;
		if (first < last)
			return true;
	}
	return false;
}
