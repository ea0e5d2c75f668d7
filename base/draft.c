/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "base/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"

/* 40 random bits as eight characters that all file systems can have in a
 * name. */
static void random_suffix(char suffix[9])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint64_t bits = now_ns();

	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) < 0)
		bits ^= (uint64_t)getpid() << 32;
	for (int i = 0; i < 8; i++, bits >>= 5)
		suffix[i] = digits[bits & 31];
	suffix[8] = '\0';
}

int draft_name(char *name, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash ? (size_t)(slash + 1 - path) : 0;
	size_t len = strlen(path);
	char suffix[9];

	random_suffix(suffix);
	/* Names of sockets are short.  If there is no room, leave the file's
	 * own name out. */
	if (len + 1 + sizeof(suffix) > size)
		len = dir;
	if (len + 1 + sizeof(suffix) > size)
		return -ENAMETOOLONG;
	snprintf(name, size, "%.*s.%s", (int)len, path, suffix);
	return 0;
}

/* Open a file without a name in the folder of @path; -errno. */
static int open_unnamed(const char *path)
{
	char folder[PATH_MAX] = ".";
	const char *slash = strrchr(path, '/');
	int fd;

	if (slash && slash - path >= PATH_MAX - 1)
		return -ENAMETOOLONG;
	if (slash)
		snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - path),
			 path);
	fd = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	/* Old kernels, which don't know O_TMPFILE, fail with EISDIR. */
	if (fd < 0)
		return errno == EISDIR ? -EOPNOTSUPP : -errno;
	return fd;
}

int draft_open(struct draft *draft, const char *path)
{
	int err;

	draft->name[0] = '\0';
	draft->fd = open_unnamed(path);
	if (draft->fd >= 0)
		return 0;
	err = draft->fd;
	draft->fd = -1;
	if (err != -EOPNOTSUPP)
		return err;
	err = draft_name(draft->name, sizeof(draft->name), path);
	if (err)
		return err;
	draft->fd = open(draft->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			 0600);
	return draft->fd < 0 ? -errno : 0;
}

/* Give it a name. */
static int name_it(struct draft *draft, const char *path)
{
	char link[32];
	int err = draft_name(draft->name, sizeof(draft->name), path);

	snprintf(link, sizeof(link), "/proc/self/fd/%d", draft->fd);
	if (!err && linkat(AT_FDCWD, link, AT_FDCWD, draft->name,
			   AT_SYMLINK_FOLLOW) < 0)
		err = -errno;
	if (err)
		draft->name[0] = '\0';
	return err;
}

int draft_place(struct draft *draft, const char *path)
{
	int err = draft->name[0] ? 0 : name_it(draft, path);

	if (!err && close(draft->fd) < 0)
		err = -errno;
	else if (err)
		close(draft->fd);
	draft->fd = -1;
	if (!err && rename(draft->name, path) < 0)
		err = -errno;
	if (!err)
		draft->name[0] = '\0';
	draft_drop(draft);
	return err;
}

void draft_drop(struct draft *draft)
{
	close_fd(&draft->fd);
	if (draft->name[0])
		unlink(draft->name);
	draft->name[0] = '\0';
}

int file_id_of(struct file_id *id, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return -errno;
	*id = (struct file_id){ st.st_dev, st.st_ino };
	return 0;
}

void file_id_unlink(const struct file_id *id, const char *path)
{
	struct file_id now = { 0 };

	if (id->ino && file_id_of(&now, path) == 0 && now.dev == id->dev &&
	    now.ino == id->ino)
		unlink(path);
}
