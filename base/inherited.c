/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/inherited.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

/* From linux/close_range.h, which old systems do not have. */
#define CLOSE_ON_EXEC (1U << 2)

/* How many descriptors are looked for one by one, which takes 50 ms. */
enum { TRIED = 1 << 18 };

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* When out of memory, the descriptor is treated as if it were not there. */
static void add(struct inherited *inherited, int fd)
{
	int *fds = reallocarray(inherited->fds, inherited->n_fds + 1,
				sizeof(*fds));

	if (!fds)
		return;
	inherited->fds = fds;
	fds[inherited->n_fds++] = fd;
}

/* Where there is no /proc. */
static void try_fds(struct inherited *inherited)
{
	rlim_t end = MIN(inherited->files.rlim_cur, (rlim_t)TRIED);

	for (int fd = STDERR_FILENO + 1; fd < (int)end; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			add(inherited, fd);
}

static void list_fds(struct inherited *inherited)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir) {
		try_fds(inherited);
		return;
	}
	while ((entry = readdir(dir))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd > STDERR_FILENO && fd != dirfd(dir))
			add(inherited, fd);
	}
	closedir(dir);
	if (inherited->n_fds)
		qsort(inherited->fds, inherited->n_fds, sizeof(int), compare);
}

void inherited_note(struct inherited *inherited)
{
	*inherited = (struct inherited){ 0 };
	getrlimit(RLIMIT_NOFILE, &inherited->files);
	list_fds(inherited);
}

void inherited_free(struct inherited *inherited)
{
	free(inherited->fds);
	*inherited = (struct inherited){ 0 };
}

/* Close the descriptors from @first to @last: on execve(2) or, with @flags of
 * 0, at once.  With kernels before 5.11 they are closed one by one. */
static void close_range_of(unsigned first, unsigned last, unsigned flags)
{
	struct rlimit limit = { .rlim_cur = 1024 };

	if (first > last || syscall(SYS_close_range, first, last, flags) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	for (rlim_t fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		if (flags)
			fcntl((int)fd, F_SETFD, FD_CLOEXEC);
		else
			close((int)fd);
}

/* The first descriptor from @first on of the @n in @fds, which are sorted;
 * UINT_MAX: there is none. */
static unsigned next_of(const int *fds, size_t n, unsigned first)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fds[middle] < (int)first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n ? (unsigned)fds[low] : UINT_MAX;
}

/* Close all descriptors from 3 on but those of @inherited and of @more, as
 * close_range_of() does. */
static void close_others(const struct inherited *inherited, const int *more,
			 size_t n, unsigned flags)
{
	unsigned first = STDERR_FILENO + 1, next;

	for (;;) {
		next = next_of(more, n, first);
		if (inherited)
			next = MIN(next, next_of(inherited->fds,
						 inherited->n_fds, first));
		if (next == UINT_MAX)
			break;
		close_range_of(first, next - 1, flags);
		first = next + 1;
	}
	close_range_of(first, UINT_MAX, flags);
}

void inherited_restore(const struct inherited *inherited)
{
	close_others(inherited, NULL, 0, CLOSE_ON_EXEC);
	if (inherited && inherited->files.rlim_max)
		setrlimit(RLIMIT_NOFILE, &inherited->files);
}

void inherited_keep(const struct inherited *inherited, int *more, size_t n)
{
	qsort(more, n, sizeof(*more), compare);
	close_others(inherited, more, n, 0);
}
