/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may use an image beside whom: we, and QEMU's programs. */
#define _GNU_SOURCE
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/util.h"
#include "devices/disk/disk_lock.h"
#include "tests/unit.h"

static char path[] = "/tmp/minivmm-lock-XXXXXX";
static struct file_holder holder;

static void setup(void)
{
	int fd = mkostemp(path, O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	close(fd);
}

static void teardown(void)
{
	unlink(path);
}

/* A descriptor with our locks; -errno. */
static int lock(bool write)
{
	int fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC), err;

	ck_assert_int_ge(fd, 0);
	err = disk_lock(fd, write, &holder);
	if (!err)
		return fd;
	close(fd);
	return err;
}

START_TEST(writers_exclude_all)
{
	int fd = lock(true);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(lock(true), -EBUSY);
	ck_assert_int_eq(holder.pid, getpid());
	ck_assert_int_eq(lock(false), -EBUSY);
	close(fd);
	fd = lock(true);
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(readers_share)
{
	int first = lock(false), second = lock(false);

	ck_assert_int_ge(first, 0);
	ck_assert_int_ge(second, 0);
	ck_assert_int_eq(lock(true), -EBUSY);
	close(first);
	ck_assert_int_eq(lock(true), -EBUSY);
	close(second);
	close(lock(true));
}
END_TEST

/* Asking changes nothing. */
START_TEST(test_takes_nothing)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), writer;

	ck_assert_int_eq(disk_lock_test(fd, true, &holder), 0);
	writer = lock(true);
	ck_assert_int_ge(writer, 0);
	ck_assert_int_eq(disk_lock_test(fd, true, &holder), -EBUSY);
	ck_assert_int_eq(disk_lock_test(fd, false, &holder), -EBUSY);
	close(writer);
	close(fd);
}
END_TEST

/* Start @argv with its output on *@out, which says when it is ready, and input
 * that never ends. */
static pid_t start(const char *const *argv, int *out)
{
	int in[2], output[2];
	pid_t pid;

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe2(output, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(output[1], 1);
		dup2(output[1], 2);
		/* in[1] stays open in it. */
		execvp(argv[0], (char **)(uintptr_t)argv);
		dprintf(1, "%s is missing: install qemu-utils", argv[0]);
		_exit(127);
	}
	close(in[0]);
	close(in[1]);
	close(output[1]);
	*out = output[0];
	return pid;
}

static void end(pid_t pid, int out)
{
	close(out);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* What it says until it ends; its exit code. */
static int run(const char *const *argv, char *text, size_t size)
{
	size_t len = 0;
	int out, status;
	ssize_t n;
	pid_t pid = start(argv, &out);

	while (len < size - 1 &&
	       (n = read(out, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	close(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A qemu-io with the image open; it shows a prompt. */
static pid_t start_qemu_io(const char *flag, int *out)
{
	const char *const argv[] = { "qemu-io", "-f", "raw", path, flag, NULL };
	pid_t pid = start(argv, out);
	char text[200];
	ssize_t n = read(*out, text, sizeof(text) - 1);

	text[MAX(n, 0)] = '\0';
	ck_assert_msg(strstr(text, "qemu-io>"), "%s", text);
	return pid;
}

START_TEST(qemu_writes)
{
	int out;
	pid_t pid = start_qemu_io(NULL, &out);

	ck_assert_int_eq(lock(true), -EBUSY);
	ck_assert_int_eq(holder.pid, pid);
	ck_assert_str_eq(holder.name, "qemu-io");
	ck_assert_int_eq(lock(false), -EBUSY);
	ck_assert_int_eq(holder.pid, pid);
	end(pid, out);
	close(lock(true));
}
END_TEST

/* It reads, and minds nothing that others do; so do we not mind it. */
START_TEST(qemu_reads)
{
	int out, fd;
	pid_t pid = start_qemu_io("-r", &out);

	fd = lock(false);
	ck_assert_int_ge(fd, 0);
	close(fd);
	end(pid, out);
}
END_TEST

static int qemu_io(const char *flag, char *text, size_t size)
{
	const char *const argv[] = { "qemu-io", "-f", "raw", "-c",
				     "quit",	path, flag,  NULL };

	return run(argv, text, size);
}

static int qemu_img_resize(char *text, size_t size)
{
	const char *const argv[] = { "qemu-img", "resize", "-f", "raw",
				     path,	 "2M",	   NULL };

	return run(argv, text, size);
}

START_TEST(we_write)
{
	int fd = lock(true);
	char text[1000];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(qemu_io(NULL, text, sizeof(text)), 0);
	ck_assert_msg(strstr(text, "Failed to get"), "%s", text);
	ck_assert_int_ne(qemu_img_resize(text, sizeof(text)), 0);
	ck_assert_msg(strstr(text, "Failed to get"), "%s", text);
	close(fd);
	ck_assert_int_eq(qemu_io(NULL, text, sizeof(text)), 0);
}
END_TEST

START_TEST(we_read)
{
	int fd = lock(false);
	char text[1000];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(qemu_io(NULL, text, sizeof(text)), 0);
	ck_assert_msg(strstr(text, "Failed to get"), "%s", text);
	ck_assert_int_eq(qemu_io("-r", text, sizeof(text)), 0);
	ck_assert_int_ne(qemu_img_resize(text, sizeof(text)), 0);
	close(fd);
}
END_TEST

/* A lock of the old kind names its process. */
START_TEST(process_lock)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2], fd;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		fd = open(path, O_RDWR);
		byte = fcntl(fd, F_SETLK, &whole) == 0;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert_int_eq(byte, 1);
	ck_assert_int_eq(lock(false), -EBUSY);
	ck_assert_int_eq(holder.pid, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		writers_exclude_all,
		readers_share,
		test_takes_nothing,
		qemu_writes,
		qemu_reads,
		we_write,
		we_read,
		process_lock,
		NULL,
	};

	return unit_run(
		unit_suite_fixture("disk_lock", tests, setup, teardown));
}
