/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_init_ports.c - the guest's first process carries the job's output
 *
 * Its functions run here in a child, with pipes in place of the ports.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit.h"

/* It has no C library, and so has names of its own. */
#define close init_close
#include "initramfs/init/ports.c"
#undef close

size_t length(const char *text)
{
	return strlen(text);
}

int begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

_Noreturn void end_process(long code)
{
	_exit((int)code);
}

/* The job's pipe, what stands for the port, and what says that the job has
 * ended. */
static int job[2], port[2], quit[2];

static void make_pipes(void)
{
	ck_assert_int_eq(pipe2(job, O_NONBLOCK), 0);
	ck_assert_int_eq(pipe(port), 0);
	ck_assert_int_eq(fcntl(port[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(pipe(quit), 0);
}

static pid_t carry(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(port[0]);
		close(quit[1]);
		carry_out(port[1], job[0], quit[0]);
	}
	close(port[1]);
	return pid;
}

static void ends(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* As much as there is room for; how much. */
static size_t fill(int fd)
{
	static const char bytes[4096];
	size_t sum = 0;
	ssize_t n;

	while ((n = write(fd, bytes, sizeof(bytes))) > 0)
		sum += (size_t)n;
	ck_assert_int_eq(errno, EAGAIN);
	return sum;
}

/* Somebody whom the job has left behind writes on and on, as `yes &` does. */
START_TEST(what_was_said_by_the_end_is_all)
{
	char bytes[4096];
	size_t said, seen = 0;
	pid_t pid;
	ssize_t n;

	make_pipes();
	ck_assert_int_gt(fcntl(port[1], F_SETPIPE_SZ, 4096), 0);
	said = fill(job[1]);
	close(quit[1]);
	pid = carry();
	while ((n = read(port[0], bytes, sizeof(bytes))) > 0) {
		seen += (size_t)n;
		ck_assert_uint_le(seen, said);
		fill(job[1]);
	}
	ck_assert_uint_eq(seen, said);
	ends(pid);
}
END_TEST

/* The host's reader has stopped before the job ends. */
START_TEST(who_takes_nothing_is_not_waited_for)
{
	int left = 1;
	pid_t pid;

	make_pipes();
	fill(port[1]);
	ck_assert_int_eq(write(job[1], "last", 4), 4);
	pid = carry();
	while (left) {
		call(__NR_ioctl, job[0], FIONREAD, (long)&left, 0, 0);
		sched_yield();
	}
	close(quit[1]);
	ends(pid);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { what_was_said_by_the_end_is_all,
				       who_takes_nothing_is_not_waited_for,
				       NULL };

	return unit_run(unit_suite("init ports", tests));
}
