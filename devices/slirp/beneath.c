/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/slirp/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

/* For Linux before 5.6, which has no openat2(2): open one component after the
 * other, and follow no symbolic link. */
static int walk(int dir, char *path, uint64_t flags)
{
	int fd = -1, at = dir;
	char *name;

	while ((name = strsep(&path, "/"))) {
		bool last = !path;
		int next;

		if (!*name && !last)
			continue;
		if (strcmp(name, "..") == 0)
			next = -EXDEV;
		else
			next = openat(at, name,
				      O_NOFOLLOW | O_CLOEXEC |
					      (last ? (int)flags :
						      O_PATH | O_DIRECTORY));
		if (next == -1)
			next = -errno;
		close_fd(&fd);
		if (next < 0)
			return next;
		fd = at = next;
	}
	return fd;
}

/* How often openat2(2) is tried. */
enum { TRIES = 100 };

static int open_with(int dir, const char *path, uint64_t flags)
{
	const struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	unsigned tries = 0;
	char *copy;
	long fd;

	/* The kernel can't say where ".." leads while anybody renames a
	 * folder. */
	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN && ++tries < TRIES);
	if (fd >= 0)
		return (int)fd;
	/* Some container managers make unknown system calls fail with EPERM. */
	if (errno != ENOSYS && errno != EPERM)
		return -errno;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	fd = walk(dir, copy, flags);
	free(copy);
	return (int)fd;
}

/* @fd if it is a regular file; otherwise it is closed. */
static int only_regular(int fd)
{
	struct stat st;
	int rc = fd;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		rc = -errno;
	else if (S_ISDIR(st.st_mode))
		rc = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		rc = -EACCES;
	if (rc < 0)
		close(fd);
	return rc;
}

int beneath_open(int dir, const char *path)
{
	int fd = only_regular(open_with(dir, path, O_PATH));

	if (fd < 0)
		return fd;
	close(fd);
	/* The file may have been replaced meanwhile, but only by the owner of
	 * the directory. */
	return only_regular(
		open_with(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
}
