/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files DIR: use the files of DIR as programs do, in a guest's shared folder.
 *
 * Says "files: WHAT: why" for each thing that is not as it is on a local file
 * system, and then "files: N things right". What lies in DIR afterwards is
 * for the host to look at: "left" with the text "left by the guest", and
 * "pattern", whose bytes are known by their places.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FSX_SIZE = 300000, FSX_ROUNDS = 1500, PATTERN = 3 << 20 };

static int right;

static void check(const char *what, int is_right)
{
	if (is_right)
		right++;
	else
		printf("files: %s: %s\n", what, strerror(errno));
	errno = 0;
}

#define CHECK(expression) check(#expression, (expression))

static int make(const char *name, const char *text)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

static int holds(const char *name, const char *text)
{
	char found[64] = "";
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, found, sizeof(found) - 1);

	close(fd);
	return n == (ssize_t)strlen(text) && strcmp(found, text) == 0;
}

static void unlinked_files(void)
{
	int fd = make("f", "hello world");
	char found[16] = "", path[64];
	struct stat st;

	CHECK(unlink("f") == 0);
	CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0 && st.st_size == 11);
	CHECK(pread(fd, found, 5, 6) == 5 && strcmp(found, "world") == 0);
	CHECK(ftruncate(fd, 4) == 0 && fchmod(fd, 0600) == 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 4);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(close(open(path, O_RDONLY)) == 0);
	close(fd);
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	CHECK(fd >= 0 || errno == EOPNOTSUPP);
	if (fd < 0)
		return;
	CHECK(write(fd, "later", 5) == 5);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(linkat(AT_FDCWD, path, AT_FDCWD, "later", AT_SYMLINK_FOLLOW) ==
	      0);
	CHECK(holds("later", "later"));
	close(fd);
}

static void mapped_files(void)
{
	int fd = make("m", "");
	char *map, found[8] = "";

	CHECK(ftruncate(fd, 65536) == 0);
	map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	if (map == MAP_FAILED)
		return;
	strcpy(map + 5000, "mapped");
	CHECK(msync(map, 65536, MS_SYNC) == 0);
	CHECK(pread(fd, found, 6, 5000) == 6 && strcmp(found, "mapped") == 0);
	munmap(map, 65536);
	CHECK(fsync(fd) == 0);
	close(fd);
}

static void names(void)
{
	struct sockaddr_un address = { AF_UNIX, "socket" };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), dir;
	char name[256];
	struct stat a, b;

	close(make("a", "A"));
	close(make("b", "B"));
	CHECK(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 1) < 0 &&
	      errno == EEXIST);
	CHECK(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 2) == 0);
	CHECK(holds("a", "B") && holds("b", "A"));
	CHECK(rename("a", "b") == 0 && holds("b", "B"));
	CHECK(link("b", "c") == 0 && stat("b", &a) == 0 && stat("c", &b) == 0);
	CHECK(a.st_ino == b.st_ino && b.st_nlink == 2);
	CHECK(symlink("c", "l") == 0 && holds("l", "B"));
	CHECK(mkdir("d", 0755) == 0);
	dir = open("d", O_RDONLY | O_DIRECTORY);
	CHECK(rename("d", "e") == 0);
	CHECK(close(openat(dir, "in", O_CREAT | O_RDWR, 0644)) == 0);
	CHECK(access("e/in", F_OK) == 0 && rmdir("e") < 0);
	CHECK(fsync(dir) == 0);
	close(dir);
	CHECK(mkfifo("p", 0644) == 0);
	CHECK(bind(s, (void *)&address, sizeof(address)) == 0);
	memset(name, 'n', 255);
	name[255] = '\0';
	CHECK(close(make(name, "n")) == 0);
}

static void attributes(void)
{
	struct timespec times[2] = { { 5, 123456789 }, { 6, 987654321 } };
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = make("t", "t");
	struct stat st;

	CHECK(futimens(fd, times) == 0 && fstat(fd, &st) == 0);
	CHECK(st.st_atim.tv_nsec == 123456789 && st.st_mtim.tv_sec == 6 &&
	      st.st_mtim.tv_nsec == 987654321);
	CHECK(fchmod(fd, 0751) == 0 && stat("t", &st) == 0 &&
	      (st.st_mode & 07777) == 0751);
	CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0);
	CHECK(fcntl(fd, F_SETLK, &lock) == 0);
	close(fd);
	fd = open("ro", O_RDWR | O_CREAT | O_EXCL, 0444);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1);
	close(fd);
}

static void appended(void)
{
	int x = open("log", O_CREAT | O_WRONLY | O_APPEND, 0644);
	int y = open("log", O_WRONLY | O_APPEND);

	CHECK(write(x, "aa", 2) == 2 && write(y, "bb", 2) == 2 &&
	      write(x, "cc", 2) == 2);
	CHECK(holds("log", "aabbcc"));
	close(x);
	close(y);
}

static void executed(void)
{
	static char program[4 << 20];
	int from = open("/proc/self/exe", O_RDONLY), status = -1;
	int to = open("program", O_CREAT | O_RDWR, 0755);
	ssize_t n = read(from, program, sizeof(program));
	pid_t pid;

	CHECK(n > 0 && write(to, program, (size_t)n) == n);
	close(to);
	close(from);
	pid = fork();
	if (pid == 0) {
		execl("./program", "program", "--true", NULL);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	CHECK(status == 0);
}

/* Random writes, cuts and holes, in one file and in a model of it. */
static void random_changes(void)
{
	static uint8_t model[FSX_SIZE], found[FSX_SIZE], some[20000];
	int fd = make("random", "");
	size_t size = 0;

	srandom(1);
	for (int i = 0; i < FSX_ROUNDS; i++) {
		size_t at = (size_t)random() % (FSX_SIZE - sizeof(some));
		size_t len = (size_t)random() % sizeof(some);

		switch (random() % 4) {
		case 0:
		case 1:
			memset(some, i | 1, len);
			if (pwrite(fd, some, len, (off_t)at) != (ssize_t)len)
				CHECK(!"pwrite");
			memcpy(model + at, some, len);
			size = at + len > size && len ? at + len : size;
			break;
		case 2:
			if (ftruncate(fd, (off_t)at) < 0)
				CHECK(!"ftruncate");
			if (at < size)
				memset(model + at, 0, size - at);
			size = at;
			break;
		default:
			if (len && fallocate(fd, 3 /* PUNCH | KEEP_SIZE */,
					     (off_t)at, (off_t)len) == 0)
				memset(model + at, 0, len);
		}
	}
	CHECK(pread(fd, found, sizeof(found), 0) == (ssize_t)size);
	CHECK(memcmp(found, model, size) == 0);
	close(fd);
}

static void left_for_the_host(void)
{
	static uint8_t bytes[PATTERN];
	int fd = make("left", "left by the guest");

	close(fd);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 4096);
	fd = make("pattern", "");
	CHECK(write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	CHECK(fsync(fd) == 0 && syncfs(fd) == 0);
	memset(bytes, 0, sizeof(bytes));
	CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
	CHECK(pread(fd, bytes, sizeof(bytes), 0) == sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (bytes[i] != (uint8_t)(i * 7 + i / 4096)) {
			CHECK(!"pattern");
			break;
		}
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--true") == 0)
		return 0;
	if (argc != 2 || chdir(argv[1]) < 0)
		return 1;
	umask(0);
	unlinked_files();
	mapped_files();
	names();
	attributes();
	appended();
	executed();
	random_changes();
	left_for_the_host();
	printf("files: %d things right\n", right);
	return 0;
}
