/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/suite/suite_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/util.h"

#define MARKER ".minivmm-run"

/* A descriptor of @dir, which no link may stand for; -errno. */
static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	return -errno;
}

static bool has_marker(int dir_fd)
{
	struct stat st;

	return fstatat(dir_fd, MARKER, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

static int add_marker(int dir_fd)
{
	int fd = openat(dir_fd, MARKER, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			0666);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void take_out_files(int dir_fd)
{
	static const char *const files[] = { SUITE_CONSOLE,  SUITE_MESSAGE,
					     SUITE_REPORT,   SUITE_CAPTURE,
					     SUITE_CORE,     SUITE_SET_UP,
					     SUITE_TEAR_DOWN };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(dir_fd, files[i], 0);
}

static int not_ours(const char *dir)
{
	return log_fail(-EEXIST,
			"--keep: %s: it is there and was not made by minivmm "
			"test: remove it, or name another folder",
			dir);
}

static int cannot_write(const char *dir, int err)
{
	return log_fail(err,
			"--keep: %s: %s: name a folder that can be written",
			dir, strerror(-err));
}

int suite_folder_check(const char *dir)
{
	int fd = open_dir(dir);
	bool ours;

	if (fd == -ENOENT)
		return 0;
	ours = fd >= 0 && has_marker(fd);
	close_fd(&fd);
	return ours ? 0 : not_ours(dir);
}

/* It is there, and ours. */
static int empty(const char *dir)
{
	int fd, err = suite_folder_check(dir);

	if (err)
		return err;
	fd = open_dir(dir);
	if (fd >= 0)
		take_out_files(fd);
	close_fd(&fd);
	return 0;
}

int suite_folder_make(const char *dir)
{
	int fd, err;

	if (mkdir(dir, 0777) < 0)
		return errno == EEXIST ? empty(dir) : cannot_write(dir, -errno);
	fd = open_dir(dir);
	err = fd < 0 ? fd : add_marker(fd);
	close_fd(&fd);
	return err ? cannot_write(dir, err) : 0;
}

/* @name in the folder @keep, if it was made by minivmm test.  What somebody has
 * added stays, and the marker with it. */
static void clean_one(int keep, const char *name)
{
	int fd = openat(keep, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && has_marker(fd)) {
		take_out_files(fd);
		unlinkat(fd, MARKER, 0);
		if (unlinkat(keep, name, AT_REMOVEDIR) < 0)
			add_marker(fd);
	}
	close_fd(&fd);
}

int suite_folder_clean(const char *keep)
{
	int fd = open(keep, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	DIR *dir;

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
		dir = opendir(keep);
		while (dir && (entry = readdir(dir)))
			if (strcmp(entry->d_name, ".") != 0 &&
			    strcmp(entry->d_name, "..") != 0)
				clean_one(fd, entry->d_name);
		if (dir)
			closedir(dir);
	}
	if (fd >= 0)
		flock(fd, LOCK_SH | LOCK_NB);
	return fd;
}

void suite_folder_remove(const char *dir)
{
	int fd = open_dir(dir);

	if (fd >= 0 && has_marker(fd)) {
		take_out_files(fd);
		unlinkat(fd, MARKER, 0);
		rmdir(dir);
	}
	close_fd(&fd);
}
