/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.h - files that need no file system, and what was logged
 *
 * A file is a memfd, named by its path under /proc.  log_capture() sends
 * stderr to another, where log_text() finds it.
 */
#ifndef TESTS_FILES_H
#define TESTS_FILES_H

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct file {
	int fd;
	char path[32];
};

static inline struct file file_make(const void *bytes, size_t len)
{
	struct file f = { .fd = memfd_create("test", MFD_CLOEXEC) };

	ck_assert_int_ge(f.fd, 0);
	snprintf(f.path, sizeof(f.path), "/proc/self/fd/%d", f.fd);
	ck_assert_int_eq(write(f.fd, bytes, len), (ssize_t)len);
	return f;
}

static inline void file_free(struct file *f)
{
	close(f->fd);
}

static inline void log_capture(void)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	close(fd);
}

/* All that was logged since the last call; in @buf. */
static inline const char *log_text(char *buf, size_t size)
{
	ssize_t n = pread(STDERR_FILENO, buf, size - 1, 0);

	ck_assert_int_ge(n, 0);
	buf[n] = '\0';
	ck_assert_int_eq(ftruncate(STDERR_FILENO, 0), 0);
	lseek(STDERR_FILENO, 0, SEEK_SET);
	return buf;
}

/* Exactly one line was logged since the last call, and it holds @what. */
static inline void log_expect(const char *what)
{
	char buf[1024];
	const char *text = log_text(buf, sizeof(buf));
	const char *end = strchr(text, '\n');

	ck_assert_msg(end && end[1] == '\0', "not one line: \"%s\"", text);
	ck_assert_msg(strstr(text, what), "no \"%s\" in \"%s\"", what, text);
}

#endif
