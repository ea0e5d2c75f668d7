/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/unix_listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/util.h"

static int open_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0)
		return fd;
	return -errno;
}

/* 0 if @path is a socket that nobody listens on; else -EADDRINUSE, or another
 * -errno. */
static int is_stale(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = open_socket(), err = 0;

	if (fd < 0)
		return fd;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const void *)&addr, sizeof(addr)) < 0)
		err = errno;
	close(fd);
	return err == ECONNREFUSED ? 0 : -EADDRINUSE;
}

/* Remove what is at @path.  Somebody who replaces it at the same moment has put
 * another file there, which stays. */
static int make_way(const char *path)
{
	struct file_id id;
	struct stat st;
	int err;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	err = is_stale(path);
	id = (struct file_id){ st.st_dev, st.st_ino };
	if (!err)
		file_id_unlink(&id, path);
	return err;
}

/* Rename @draft to @path, if nothing is there. */
static int put_in_place(const char *draft, const char *path)
{
	int err = link(draft, path) < 0 ? -errno : 0;

	unlink(draft);
	return err == -EEXIST ? -EADDRINUSE : err;
}

static int listen_at(int fd, const char *path, int backlog, struct file_id *id)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int err = draft_name(addr.sun_path, sizeof(addr.sun_path), path);

	if (err)
		return err;
	if (bind(fd, (const void *)&addr, sizeof(addr)) < 0)
		return -errno;
	err = listen(fd, backlog) < 0 ? -errno : file_id_of(id, addr.sun_path);
	if (!err)
		return put_in_place(addr.sun_path, path);
	unlink(addr.sun_path);
	return err;
}

/* The permissions are @mode, as far as the umask allows them. */
static int listen_with(const char *path, int backlog, mode_t mode,
		       struct file_id *id)
{
	int fd, err;

	*id = (struct file_id){ 0 };
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return -ENAMETOOLONG;
	err = make_way(path);
	fd = err ? err : open_socket();
	if (fd < 0)
		return fd;
	/* Before the socket is bound, as others could connect from then on. */
	err = fchmod(fd, mode) < 0 ? -errno : 0;
	if (!err)
		err = listen_at(fd, path, backlog, id);
	if (!err)
		return fd;
	close(fd);
	*id = (struct file_id){ 0 };
	return err;
}

int unix_listen(const char *path, int backlog, struct file_id *id)
{
	return listen_with(path, backlog, 0777, id);
}

int unix_listen_private(const char *path, int backlog, struct file_id *id)
{
	return listen_with(path, backlog, 0600, id);
}
