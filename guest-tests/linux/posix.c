/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * posix DIR: what POSIX and Linux say of names, modes, links and times, in a
 * folder of DIR.
 *
 * Prints "posix: WHAT: why" for each thing that is otherwise, and then
 * "posix: N things right".  As root it also tries what another user may not do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

/* Neither root, nor who serves. */
enum { OTHER = 12345 };

static int right;

static void check(const char *what, bool is_right, int err)
{
	if (is_right)
		right++;
	else
		printf("posix: %s: %s\n", what, strerror(err));
}

#define CHECK(expression) check(#expression, (expression), errno)
/* The call fails, and this way. */
#define FAILS(error, call)                                                     \
	do {                                                                   \
		long got = ((errno = 0), (call));                              \
		check(#call " " #error, got < 0 && errno == (error), errno);   \
	} while (0)

static int touch(const char *name, mode_t mode)
{
	int fd = open(name, O_CREAT | O_EXCL | O_RDWR, mode);

	check(name, fd >= 0, errno);
	return close(fd);
}

static mode_t mode_of(const char *name)
{
	struct stat st = { 0 };

	return lstat(name, &st) < 0 ? 0 : st.st_mode;
}

static nlink_t links_of(const char *name)
{
	struct stat st = { 0 };

	return lstat(name, &st) < 0 ? 0 : st.st_nlink;
}

static char longest[256], too_long[257], too_long_path[PATH_MAX + 8];

static void fill_names(void)
{
	memset(longest, 'l', 255);
	memset(too_long, 'l', 256);
	for (size_t i = 0; i + 1 < sizeof(too_long_path); i++)
		too_long_path[i] = i % 2 ? '/' : '.';
}

/* Each call with a path that leads nowhere. */
static void paths(void)
{
	static const struct {
		const char *path;
		int error;
	} ways[] = {
		{ "none", ENOENT },	    { "none/x", ENOENT },
		{ "file/x", ENOTDIR },	    { "", ENOENT },
		{ too_long, ENAMETOOLONG }, { too_long_path, ENAMETOOLONG },
		{ "loop", ELOOP },	    { "loop/x", ELOOP },
	};
	struct stat st;
	char buf[8];

	touch("file", 0644);
	CHECK(symlink("loop", "loop") == 0);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		const char *path = ways[i].path;
		int error = ways[i].error;

		FAILS(error, open(path, O_RDONLY));
		FAILS(error, stat(path, &st));
		FAILS(error, chmod(path, 0644));
		FAILS(error, chown(path, getuid(), getgid()));
		FAILS(error, truncate(path, 0));
		FAILS(error, access(path, F_OK));
		FAILS(error, utimensat(AT_FDCWD, path, NULL, 0));
		FAILS(error, getxattr(path, "user.x", buf, sizeof(buf)));
		/* What follows is about the link itself. */
		if (strcmp(path, "loop") == 0)
			continue;
		FAILS(error, link(path, "new"));
		FAILS(error, unlink(path));
		FAILS(error, rmdir(path));
		FAILS(error, rename(path, "new"));
		FAILS(error, readlink(path, buf, sizeof(buf)));
		if (strcmp(path, "none") == 0)
			continue;
		FAILS(error, mkdir(path, 0755));
		FAILS(error, mkfifo(path, 0644));
		FAILS(error, symlink("x", path));
		FAILS(error, rename("file", path));
	}
	CHECK(unlink("loop") == 0 && unlink("file") == 0);
	CHECK(touch(longest, 0644) == 0);
	CHECK(rename(longest, "short") == 0 && unlink("short") == 0);
}

/* Of what is there but is not of the kind that is asked for. */
static void kinds(void)
{
	touch("f", 0644);
	CHECK(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0);
	CHECK(symlink("d", "l") == 0 && mkfifo("p", 0600) == 0);
	FAILS(EEXIST, open("f", O_CREAT | O_EXCL | O_RDWR, 0644));
	FAILS(EEXIST, open("l", O_CREAT | O_EXCL | O_RDWR, 0644));
	FAILS(EEXIST, mkdir("f", 0755));
	FAILS(EEXIST, mkdir("l", 0755));
	FAILS(EEXIST, symlink("x", "d"));
	FAILS(EEXIST, mkfifo("f", 0644));
	FAILS(EEXIST, link("f", "l"));
	FAILS(EPERM, link("d", "new"));
	FAILS(EISDIR, open("d", O_RDWR));
	FAILS(EISDIR, unlink("d"));
	FAILS(ENOTDIR, rmdir("f"));
	FAILS(ENOTDIR, rmdir("l"));
	FAILS(ENOTEMPTY, rmdir("d"));
	FAILS(ENOTDIR, open("f", O_RDONLY | O_DIRECTORY));
	FAILS(ELOOP, open("l", O_RDONLY | O_NOFOLLOW));
	FAILS(EISDIR, truncate("d", 0));
	FAILS(EINVAL, truncate("f", -1));
	FAILS(EINVAL, readlink("f", longest, 10));
	FAILS(EINVAL, rmdir("d/."));
	FAILS(ENXIO, open("p", O_WRONLY | O_NONBLOCK));
	memset(longest, 'l', 255);
	CHECK(chdir("l") == 0 && chdir("..") == 0);
	CHECK(rmdir("d/e") == 0 && rmdir("d") == 0 && unlink("f") == 0 &&
	      unlink("l") == 0 && unlink("p") == 0);
}

static void renames(void)
{
	touch("f", 0644);
	CHECK(mkdir("d", 0755) == 0 && mkdir("full", 0755) == 0 &&
	      mkdir("empty", 0755) == 0);
	touch("full/x", 0644);
	FAILS(ENOTDIR, rename("d", "f"));
	FAILS(EISDIR, rename("f", "d"));
	FAILS(EINVAL, rename("d", "d/in"));
	errno = 0;
	CHECK(rename("d", "full") < 0 &&
	      (errno == ENOTEMPTY || errno == EEXIST));
	CHECK(rename("d", "empty") == 0 && mode_of("d") == 0);
	CHECK(rename("empty", "full/d") == 0 && S_ISDIR(mode_of("full/d")));
	CHECK(link("f", "g") == 0 && rename("f", "g") == 0 &&
	      links_of("f") == 2 && links_of("g") == 2);
	CHECK(renameat2(AT_FDCWD, "f", AT_FDCWD, "full", RENAME_EXCHANGE) ==
		      0 &&
	      S_ISDIR(mode_of("f")) && S_ISREG(mode_of("full")));
	FAILS(EEXIST,
	      renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_NOREPLACE));
	CHECK(renameat2(AT_FDCWD, "f", AT_FDCWD, "new", RENAME_NOREPLACE) == 0);
	FAILS(ENOENT,
	      renameat2(AT_FDCWD, "g", AT_FDCWD, "none", RENAME_EXCHANGE));
	CHECK(rmdir("new/d") == 0 && unlink("new/x") == 0 &&
	      rmdir("new") == 0 && unlink("full") == 0 && unlink("g") == 0);
}

static void modes(void)
{
	struct stat st;

	umask(027);
	touch("f", 0666);
	CHECK((mode_of("f") & 07777) == 0640);
	CHECK(mkdir("d", 0777) == 0 && (mode_of("d") & 07777) == 0750);
	CHECK(mkfifo("p", 0666) == 0 && mode_of("p") == (S_IFIFO | 0640));
	umask(0);
	CHECK(chmod("f", 01604) == 0 && (mode_of("f") & 07777) == 01604);
	CHECK(chmod("d", 03711) == 0 && (mode_of("d") & 07777) == 03711);
	CHECK(symlink("f", "l") == 0 && mode_of("l") == (S_IFLNK | 0777));
	CHECK(lstat("l", &st) == 0 && st.st_size == 1);
	CHECK(links_of("f") == 1 && link("f", "g") == 0 && links_of("f") == 2);
	CHECK(link("l", "k") == 0 && S_ISLNK(mode_of("k")));
	CHECK(unlink("f") == 0 && links_of("g") == 1);
	CHECK(unlink("g") == 0 && unlink("l") == 0 && unlink("k") == 0 &&
	      unlink("p") == 0 && rmdir("d") == 0);
}

static bool is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec ||
	       (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* Longer than the kernel's clock for files takes to go on. */
static void wait_a_tick(void)
{
	nanosleep(&(struct timespec){ 0, 30000000 }, NULL);
}

/* Whether @act changes the times that it is to change, of @name. */
#define MOVES(name, mtime, act)                                                \
	do {                                                                   \
		struct stat was = { 0 }, is = { 0 };                           \
		CHECK(stat(name, &was) == 0);                                  \
		wait_a_tick();                                                 \
		CHECK((act) >= 0 && stat(name, &is) == 0);                     \
		check(#act ": times of " name,                                 \
		      is_later(is.st_ctim, was.st_ctim) &&                     \
			      (!(mtime) || is_later(is.st_mtim, was.st_mtim)), \
		      0);                                                      \
	} while (0)

static void times(void)
{
	struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	struct timespec old[2] = { { 1, 1 }, { 2, 999999999 } };
	struct timespec ancient[2] = { { -100, 0 }, { -1, 500 } };
	struct stat st;
	int fd;

	CHECK(mkdir("d", 0755) == 0);
	MOVES("d", true, touch("d/f", 0644));
	MOVES("d", true, mkdir("d/e", 0755));
	MOVES("d", true, symlink("x", "d/l"));
	MOVES("d", true, rename("d/l", "d/k"));
	MOVES("d", true, unlink("d/k"));
	MOVES("d", true, rmdir("d/e"));
	MOVES("d/f", false, chmod("d/f", 0600));
	MOVES("d/f", false, link("d/f", "g"));
	MOVES("d/f", false, unlink("g"));
	fd = open("d/f", O_RDWR);
	MOVES("d/f", true, write(fd, "x", 1));
	MOVES("d/f", true, ftruncate(fd, 0));
	close(fd);
	CHECK(utimensat(AT_FDCWD, "d/f", old, 0) == 0 &&
	      stat("d/f", &st) == 0 && st.st_atim.tv_sec == 1 &&
	      st.st_mtim.tv_nsec == 999999999);
	CHECK(utimensat(AT_FDCWD, "d/f", now, 0) == 0 &&
	      stat("d/f", &st) == 0 && st.st_atim.tv_sec > 1000 &&
	      st.st_mtim.tv_sec == 2);
	CHECK(utimensat(AT_FDCWD, "d/f", ancient, 0) == 0 &&
	      stat("d/f", &st) == 0 && st.st_mtim.tv_sec == -1 &&
	      st.st_mtim.tv_nsec == 500);
	CHECK(symlink("none", "l") == 0 &&
	      utimensat(AT_FDCWD, "l", old, AT_SYMLINK_NOFOLLOW) == 0 &&
	      lstat("l", &st) == 0 && st.st_mtim.tv_sec == 2);
	CHECK(unlink("l") == 0 && unlink("d/f") == 0 && rmdir("d") == 0);
}

static void attributes(void)
{
	static char large[4096];
	char buf[sizeof(large)];
	int fd;

	touch("f", 0644);
	errno = 0;
	if (setxattr("f", "user.a", "one", 3, XATTR_CREATE) < 0 &&
	    errno == EOPNOTSUPP) {
		/* Not on a tmpfs of an old kernel. */
		CHECK(unlink("f") == 0);
		return;
	}
	FAILS(EEXIST, setxattr("f", "user.a", "two", 3, XATTR_CREATE));
	FAILS(ENODATA, setxattr("f", "user.b", "two", 3, XATTR_REPLACE));
	CHECK(getxattr("f", "user.a", buf, sizeof(buf)) == 3 &&
	      memcmp(buf, "one", 3) == 0);
	CHECK(getxattr("f", "user.a", NULL, 0) == 3);
	FAILS(ERANGE, getxattr("f", "user.a", buf, 2));
	FAILS(ENODATA, getxattr("f", "user.b", buf, sizeof(buf)));
	CHECK(setxattr("f", "user.empty", NULL, 0, 0) == 0 &&
	      getxattr("f", "user.empty", buf, sizeof(buf)) == 0);
	memset(large, 'x', sizeof(large));
	CHECK(setxattr("f", "user.large", large, 2000, 0) == 0 &&
	      getxattr("f", "user.large", buf, sizeof(buf)) == 2000 &&
	      memcmp(buf, large, 2000) == 0);
	CHECK(listxattr("f", buf, sizeof(buf)) == 7 + 11 + 11);
	fd = open("f", O_RDWR);
	CHECK(unlink("f") == 0 && fsetxattr(fd, "user.late", "x", 1, 0) == 0 &&
	      fgetxattr(fd, "user.late", buf, sizeof(buf)) == 1);
	CHECK(fremovexattr(fd, "user.late") == 0);
	FAILS(ENODATA, fremovexattr(fd, "user.late"));
	close(fd);
}

/* An open folder without a name; one that is read while it changes. */
static void folders(void)
{
	struct statvfs s;
	char name[16];
	int dir;

	CHECK(mkdir("d", 0755) == 0);
	dir = open("d", O_RDONLY | O_DIRECTORY);
	CHECK(rmdir("d") == 0);
	FAILS(ENOENT, openat(dir, "f", O_CREAT | O_RDWR, 0644));
	FAILS(ENOENT, mkdirat(dir, "e", 0755));
	close(dir);
	CHECK(statvfs(".", &s) == 0 && s.f_bsize && s.f_blocks &&
	      s.f_namemax == 255);
	CHECK(mkdir("d", 0755) == 0);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		if (mknod(name, S_IFREG | 0644, 0) < 0)
			CHECK(!"mknod");
	}
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		if (unlink(name) < 0)
			CHECK(!"unlink");
	}
	CHECK(rmdir("d") == 0);
}

/* What the user OTHER may not do: the guest's kernel looks at modes. */
static void act_as_other(void)
{
	right = 0;
	if (setgid(OTHER) < 0 || setuid(OTHER) < 0)
		_exit(255);
	FAILS(EACCES, open("closed/f", O_RDONLY));
	FAILS(EACCES, open("roots", O_RDONLY));
	FAILS(EACCES, open("new", O_CREAT | O_RDWR, 0644));
	FAILS(EACCES, mkdir("new", 0755));
	FAILS(EACCES, unlink("roots"));
	FAILS(EACCES, rename("roots", "new"));
	FAILS(EPERM, chmod("roots", 0777));
	FAILS(EPERM, chown("roots", OTHER, OTHER));
	FAILS(EACCES, truncate("roots", 0));
	FAILS(EACCES, access("roots", R_OK));
	FAILS(EACCES, utimensat(AT_FDCWD, "roots", NULL, 0));
	/* In a folder with the sticky bit, like /tmp. */
	FAILS(EPERM, unlink("sticky/roots"));
	FAILS(EPERM, rename("sticky/roots", "sticky/new"));
	_exit(right == 13 ? 0 : 1);
}

static void permissions(void)
{
	int status = -1;
	pid_t pid;

	if (getuid() != 0)
		return;
	CHECK(chmod(".", 0755) == 0);
	touch("roots", 0600);
	CHECK(mkdir("closed", 0700) == 0 && mkdir("sticky", 01777) == 0);
	CHECK(chmod("sticky", 01777) == 0);
	touch("closed/f", 0666);
	touch("sticky/roots", 0666);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		act_as_other();
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(unlink("roots") == 0 && unlink("closed/f") == 0 &&
	      unlink("sticky/roots") == 0 && rmdir("closed") == 0 &&
	      rmdir("sticky") == 0);
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]) < 0 || mkdir("posix", 0755) < 0 ||
	    chdir("posix") < 0)
		return 2;
	umask(0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	fill_names();
	paths();
	kinds();
	renames();
	modes();
	times();
	attributes();
	folders();
	permissions();
	CHECK(chdir("..") == 0 && rmdir("posix") == 0);
	printf("posix: %d things right\n", right);
	return 0;
}
