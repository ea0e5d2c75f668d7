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

/* Of linux/close_range.h, which old systems do not have. */
#define CLOSE_ON_EXEC (1U << 2)

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* Out of memory it is as if it weren't there. */
static void add(struct inherited *inherited, int fd)
{
	int *fds = reallocarray(inherited->fds, inherited->n_fds + 1,
				sizeof(*fds));

	if (!fds)
		return;
	inherited->fds = fds;
	fds[inherited->n_fds++] = fd;
}

static void list_fds(struct inherited *inherited)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir)
		return;
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

/* From @first to @last; kernels before 5.11 have them one by one. */
static void close_on_exec(unsigned first, unsigned last)
{
	struct rlimit limit = { .rlim_cur = 1024 };

	if (first > last ||
	    syscall(SYS_close_range, first, last, CLOSE_ON_EXEC) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	for (rlim_t fd = first; fd <= last && fd < limit.rlim_cur; fd++)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

void inherited_restore(const struct inherited *inherited)
{
	unsigned first = STDERR_FILENO + 1;

	for (size_t i = 0; inherited && i < inherited->n_fds; i++) {
		unsigned fd = (unsigned)inherited->fds[i];

		close_on_exec(first, fd - 1);
		first = fd + 1;
	}
	close_on_exec(first, UINT_MAX);
	if (inherited && inherited->files.rlim_max)
		setrlimit(RLIMIT_NOFILE, &inherited->files);
}
