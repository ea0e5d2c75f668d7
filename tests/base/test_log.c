/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>

#include "base/log.h"
#include "base/util.h"
#include "tests/unit.h"

/* A pipe as standard error; returns the end to read. */
static int pipe_as_stderr(void)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	close(fds[1]);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	return fds[0];
}

static const char *read_lines(int fd)
{
	static char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	buf[MAX(n, 0)] = 0;
	return buf;
}

START_TEST(lines_and_levels)
{
	int fd = pipe_as_stderr();

	ck_assert_int_eq(log_fail(-5, "%s: %s", "a", "b"), -5);
	log_warn("w%d", 1);
	log_info("hidden");
	ck_assert_str_eq(read_lines(fd), "minivmm: a: b\nminivmm: w1\n");
	log_set_level(LOG_INFO);
	log_info("shown");
	log_debug("hidden");
	ck_assert_str_eq(read_lines(fd), "minivmm: shown\n");
}
END_TEST

START_TEST(a_name_does_not_break_a_line)
{
	int fd = pipe_as_stderr();

	log_err("%s: no such file", "a\nb\033[2J\xc3\xa9\177\x9b\xc2\x9d");
	ck_assert_str_eq(read_lines(fd),
			 "minivmm: a?b?[2J\xc3\xa9???: no such file\n");
}
END_TEST

START_TEST(the_last_error_is_kept)
{
	char line[LOG_KEPT], text[400];
	int fd = pipe_as_stderr();

	ck_assert_ptr_null(log_last_error(line));
	log_warn("a warning");
	log_show("what was asked for");
	ck_assert_ptr_null(log_last_error(line));
	log_fail(-5, "a\n%s", "b");
	log_warn("a warning");
	ck_assert_str_eq(log_last_error(line), "a?b");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	log_err("%s", text);
	ck_assert_uint_eq(strlen(log_last_error(line)), LOG_KEPT - 1);
	close(fd);
}
END_TEST

START_TEST(a_long_line_is_cut)
{
	char text[3000];
	const char *line;
	int fd = pipe_as_stderr();

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	log_err("%s", text);
	line = read_lines(fd);
	ck_assert_uint_le(strlen(line), 1024);
	ck_assert_int_eq(line[strlen(line) - 1], '\n');
}
END_TEST

START_TEST(a_guest_cannot_flood)
{
	struct log_limit limit = { 0 };
	int fd = pipe_as_stderr();

	log_guest(&limit, "guest");
	/* However long this takes. */
	limit.next_ns = UINT64_MAX;
	for (unsigned i = 0; i < 999; i++)
		log_guest(&limit, "guest");
	ck_assert_str_eq(read_lines(fd), "minivmm: guest\n");
	/* As if the second were over. */
	limit.next_ns = 0;
	log_guest(&limit, "guest");
	ck_assert_str_eq(read_lines(fd),
			 "minivmm: guest (999 like it not shown)\n");
}
END_TEST

START_TEST(nobody_waits_for_a_stuck_stderr)
{
	char page[4096] = "";
	int fd = pipe_as_stderr();

	fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
	while (write(STDERR_FILENO, page, sizeof(page)) > 0)
		continue;
	fcntl(STDERR_FILENO, F_SETFL, 0);
	/* Were each waited for, that would take a quarter of an hour. */
	for (unsigned i = 0; i < 10000; i++)
		log_err("lost");
	while (read(fd, page, sizeof(page)) > 0)
		continue;
	log_err("heard");
	ck_assert_str_eq(read_lines(fd), "minivmm: heard\n");
}
END_TEST

/* Errors, and what was asked for, are told all the same. */
START_TEST(no_more_than_the_maximum)
{
	int fd = pipe_as_stderr();
	struct log_limit limit = { 0 };

	log_set_max(40);
	log_warn("what has room");
	ck_assert_uint_eq(log_left_out(), 0);
	log_warn("what has none");
	log_guest(&limit, "none, either");
	ck_assert_str_eq(read_lines(fd),
			 "minivmm: what has room\n"
			 "minivmm: more messages than --max-output allows: "
			 "from here on only errors\n");
	ck_assert_uint_eq(log_left_out(), strlen("minivmm: what has none\n"
						 "minivmm: none, either\n"));
	log_err("an error");
	log_show("an answer");
	ck_assert_int_eq(log_fail(-5, "a failure"), -5);
	ck_assert_str_eq(read_lines(fd), "minivmm: an error\n"
					 "minivmm: an answer\n"
					 "minivmm: a failure\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lines_and_levels,	  a_name_does_not_break_a_line,
		a_long_line_is_cut,	  the_last_error_is_kept,
		a_guest_cannot_flood,	  nobody_waits_for_a_stuck_stderr,
		no_more_than_the_maximum, NULL,
	};

	return unit_run(unit_suite("log", tests));
}
