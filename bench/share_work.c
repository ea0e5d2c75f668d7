/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * share_work: use the current folder, and print how long each of it took, as
 * "fact NAME MICROSECONDS".  What is cached is dropped before it is looked at.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FILES = 300, LARGE = 16 << 20, PIECE = 128 << 10 };

static char piece[PIECE];

static void need(int is_right, const char *what)
{
	if (is_right)
		return;
	perror(what);
	exit(1);
}

static const char *name_of(int i)
{
	static char name[24];

	snprintf(name, sizeof(name), "work/%d", i);
	return name;
}

static void create(void)
{
	for (int i = 0; i < FILES; i++) {
		int fd = open(name_of(i), O_CREAT | O_EXCL | O_WRONLY, 0644);

		need(fd >= 0 && write(fd, piece, 2000) == 2000, "create");
		close(fd);
	}
}

static void look(void)
{
	struct stat st;

	for (int i = 0; i < FILES; i++)
		need(stat(name_of(i), &st) == 0, "stat");
}

static void read_all(void)
{
	for (int i = 0; i < FILES; i++) {
		int fd = open(name_of(i), O_RDONLY);

		need(fd >= 0 && read(fd, piece, PIECE) == 2000, "read");
		close(fd);
	}
}

static void remove_all(void)
{
	for (int i = 0; i < FILES; i++)
		need(unlink(name_of(i)) == 0, "unlink");
}

static void write_large(void)
{
	int fd = open("work/large", O_CREAT | O_WRONLY, 0644);

	for (int i = 0; i < LARGE / PIECE; i++)
		need(write(fd, piece, PIECE) == PIECE, "write");
	need(fsync(fd) == 0, "fsync");
	close(fd);
}

static void read_large(void)
{
	int fd = open("work/large", O_RDONLY);

	for (int i = 0; i < LARGE / PIECE; i++)
		need(read(fd, piece, PIECE) == PIECE, "read");
	close(fd);
}

/* With HOME and PATH, in a tree whose index is up to date. */
static void git_status(void)
{
	need(system("git -C tree status >/dev/null 2>&1") == 0, "git");
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	need(fd >= 0 && write(fd, "3", 1) == 1, "drop_caches");
	close(fd);
}

static void measure(const char *name, void (*work)(void))
{
	struct timespec a, b;

	drop_caches();
	clock_gettime(CLOCK_MONOTONIC, &a);
	work();
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("fact %s %lld\n", name,
	       (b.tv_sec - a.tv_sec) * 1000000LL +
		       (b.tv_nsec - a.tv_nsec) / 1000);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	need(mkdir("work", 0755) == 0, "work");
	measure("create", create);
	measure("stat", look);
	measure("read", read_all);
	measure("unlink", remove_all);
	measure("write-large", write_large);
	measure("read-large", read_large);
	/* The index has the host's view of the files. */
	git_status();
	measure("git", git_status);
	return 0;
}
