/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_draft.c - files that are there when they are whole, or not at all
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/draft.h"
#include "base/util.h"
#include "tests/unit_options.h"

/* How many names there are in the working directory. */
static unsigned names(void)
{
	DIR *dir = opendir(".");
	unsigned n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void fill(struct draft *draft, const char *text)
{
	ck_assert_int_eq(write(draft->fd, text, strlen(text)),
			 (ssize_t)strlen(text));
}

static void holds(const char *path, const char *want)
{
	char text[32] = "";
	struct stat st;
	int fd = open(path, O_RDONLY);

	ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, want);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	close(fd);
}

START_TEST(one_without_a_name)
{
	struct draft draft;

	ck_assert_int_eq(draft_open(&draft, "file"), 0);
	fill(&draft, "whole");
	ck_assert_uint_eq(names(), 0);
	ck_assert_int_eq(draft_place(&draft, "file"), 0);
	ck_assert_int_eq(draft.fd, -1);
	holds("file", "whole");
	/* In the place of one that is there. */
	ck_assert_int_eq(draft_open(&draft, "file"), 0);
	fill(&draft, "another");
	holds("file", "whole");
	ck_assert_int_eq(draft_place(&draft, "file"), 0);
	holds("file", "another");
	draft_drop(&draft);
	holds("file", "another");
	ck_assert_uint_eq(names(), 1);
}
END_TEST

START_TEST(one_that_is_dropped)
{
	struct draft draft;

	ck_assert_int_eq(draft_open(&draft, "./file"), 0);
	draft_drop(&draft);
	draft_drop(&draft);
	ck_assert_uint_eq(names(), 0);
}
END_TEST

/* As on a file system that has no others: /proc has none, and cannot have
 * this one either. */
START_TEST(one_with_a_name)
{
	struct draft draft = { .name = "other" };

	draft.fd = open("other", O_WRONLY | O_CREAT, 0600);
	fill(&draft, "whole");
	ck_assert_int_eq(draft_place(&draft, "file"), 0);
	holds("file", "whole");
	ck_assert_uint_eq(names(), 1);
	draft = (struct draft){ .name = "other" };
	draft.fd = open("other", O_WRONLY | O_CREAT, 0600);
	draft_drop(&draft);
	ck_assert_uint_eq(names(), 1);
	ck_assert_int_lt(draft_open(&draft, "/proc/file"), 0);
	draft_drop(&draft);
}
END_TEST

START_TEST(what_cannot_be)
{
	char path[PATH_MAX + 1];
	struct draft draft;

	memset(path, 'x', sizeof(path));
	path[PATH_MAX] = '\0';
	path[PATH_MAX - 1] = '/';
	ck_assert_int_eq(draft_open(&draft, path), -ENAMETOOLONG);
	ck_assert_int_eq(draft_open(&draft, "none/file"), -ENOENT);
	write_file("plain", "", 0);
	ck_assert_int_eq(draft_open(&draft, "plain/file"), -ENOTDIR);
	/* A directory is in the way: it is dropped. */
	ck_assert_int_eq(mkdir("dir", 0777), 0);
	ck_assert_int_eq(draft_open(&draft, "dir"), 0);
	ck_assert_int_eq(draft_place(&draft, "dir"), -EISDIR);
	/* The folder is gone. */
	ck_assert_int_eq(draft_open(&draft, "dir/file"), 0);
	ck_assert_int_eq(rmdir("dir"), 0);
	ck_assert_int_eq(draft_place(&draft, "dir/file"), -ENOENT);
	ck_assert_uint_eq(names(), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		one_without_a_name,
		one_that_is_dropped,
		one_with_a_name,
		what_cannot_be,
		NULL,
	};

	return unit_run(options_suite("draft", tests));
}
