/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "devices/slirp/unix_stub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/util.h"

enum { STUB_BACKLOG = 4096 };

/* A short path to what @fd is, however long its real path. */
static void name_of(int fd, const char *below, char *path, size_t size)
{
	snprintf(path, size, "/proc/self/fd/%d%s", fd, below);
}

/* Bind and listen in the directory @dir, without leaving anything there. */
static int listen_in(struct unix_stub *stub, int dir)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int rc = 0;

	name_of(dir, "/s", un.sun_path, sizeof(un.sun_path));
	if (bind(stub->fd, (void *)&un, sizeof(un)) < 0)
		return -errno;
	if (listen(stub->fd, STUB_BACKLOG) < 0)
		rc = -errno;
	stub->file = openat(dir, "s", O_PATH | O_CLOEXEC);
	if (stub->file < 0)
		rc = -errno;
	unlinkat(dir, "s", 0);
	return rc;
}

static int open_below(struct unix_stub *stub, const char *dir)
{
	char path[256];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/minivmm-XXXXXX", dir);
	if (!mkdtemp(path))
		return -errno;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 ? -errno : listen_in(stub, fd);
	close_fd(&fd);
	rmdir(path);
	return rc;
}

int unix_stub_open(struct unix_stub *stub)
{
	const char *dirs[] = { getenv("TMPDIR"), "/tmp", "/dev/shm" };
	int rc = -ENOENT;

	*stub = (struct unix_stub){ .file = -1 };
	stub->fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (stub->fd < 0)
		return -errno;
	for (unsigned i = 0; i < ARRAY_SIZE(dirs) && rc < 0; i++)
		if (dirs[i])
			rc = open_below(stub, dirs[i]);
	if (rc < 0)
		unix_stub_close(stub);
	else
		name_of(stub->file, "", stub->path, sizeof(stub->path));
	return rc;
}

void unix_stub_close(struct unix_stub *stub)
{
	close_fd(&stub->fd);
	close_fd(&stub->file);
}

int unix_stub_accept(const struct unix_stub *stub)
{
	int last = -EAGAIN, fd;

	while ((fd = accept4(stub->fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (last >= 0)
			close(last);
		last = fd;
	}
	return errno == EAGAIN || last >= 0 ? last : -errno;
}
