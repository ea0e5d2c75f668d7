/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a terminal shows of the runs that are under way, byte by byte; the whole
 * on a screen is guest-tests/live.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/suite/suite_block.h"
#include "cli/suite/suite_follow.h"
#include "tests/unit.h"

static int terminal;
static struct suite_block block;
static char got[16384];

/* Ends what is read. */
enum { END = 1 };

/* A pseudo-terminal of this size, on which nothing is changed. */
static void open_terminal(unsigned lines, unsigned columns)
{
	struct winsize size = { .ws_row = (unsigned short)lines,
				.ws_col = (unsigned short)columns };
	int fd;

	setenv("TERM", "xterm", 1);
	unsetenv("CI");
	terminal = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(terminal, 0);
	ck_assert_int_eq(grantpt(terminal), 0);
	ck_assert_int_eq(unlockpt(terminal), 0);
	fd = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	ck_assert_int_eq(ioctl(fd, TIOCSWINSZ, &size), 0);
	suite_block_init(&block, fdopen(fd, "w"));
	setvbuf(block.out, NULL, _IOFBF, sizeof(got));
}

static void close_terminal(void)
{
	suite_block_free(&block);
	fclose(block.out);
	close(terminal);
}

/* What was drawn since the last call, without carriage returns. */
static const char *drawn(void)
{
	size_t len = 0;
	char c;

	/* What is written comes a little later at the other end. */
	fputc(END, block.out);
	ck_assert_int_eq(fflush(block.out), 0);
	while (read(terminal, &c, 1) == 1 && c != END)
		if (c != '\r')
			got[len++] = c;
	got[len] = '\0';
	return got;
}

static void draw(size_t n)
{
	struct suite_row rows[9];

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct suite_row){ "a name", "userspace",
					      "hello \033[2J", now_ns() };
	suite_block_draw(&block, rows, n, "so many");
}

#define ROW	 "    0 s  a name  userspace      hello ?[2J"
#define LINE(x)	 x "\033[K\n"
#define BLOCK(x) "\033[?7l" x LINE("so many") "\033[J\033[?7h"

START_TEST(drawn_again)
{
	open_terminal(24, 80);
	ck_assert(block.live);
	draw(2);
	ck_assert_str_eq(drawn(), BLOCK(LINE(ROW) LINE(ROW)));
	draw(0);
	ck_assert_str_eq(drawn(), "\033[3A" BLOCK(""));
	draw(1);
	ck_assert_str_eq(drawn(), "\033[1A" BLOCK(LINE(ROW)));
	suite_block_clear(&block);
	suite_block_clear(&block);
	ck_assert_str_eq(drawn(), "\033[2A\033[J");
	draw(1);
	ck_assert_str_eq(drawn(), BLOCK(LINE(ROW)));
	/* Somebody else has written. */
	suite_block_leave(&block);
	draw(1);
	ck_assert_str_eq(drawn(), BLOCK(LINE(ROW)));
	close_terminal();
}
END_TEST

START_TEST(sizes)
{
	static const struct {
		unsigned lines, columns, rows;
		const char *wanted;
	} all[] = {
		{ 8, 80, 3, BLOCK(LINE(ROW) LINE(ROW) LINE(ROW)) },
		{ 8, 80, 9,
		  BLOCK(LINE(ROW) LINE(ROW) LINE("        + 7 more")) },
		{ 5, 80, 9, BLOCK(LINE("        + 9 more")) },
		{ 4, 80, 1, BLOCK(LINE(ROW)) },
		{ 3, 80, 9, BLOCK("") },
		{ 2, 80, 9, "" },
		{ 8, 22, 1, BLOCK(LINE("    0 s  a name  user")) },
		{ 8, 10, 1, BLOCK(LINE("    0 s  ")) },
		{ 8, 9, 1, "" },
		/* 24 by 80. */
		{ 0, 0, 1, BLOCK(LINE(ROW)) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		open_terminal(all[i].lines, all[i].columns);
		draw(all[i].rows);
		ck_assert_str_eq(drawn(), all[i].wanted);
		close_terminal();
	}
}
END_TEST

START_TEST(not_wanted)
{
	static const struct {
		const char *name, *value;
		bool live;
	} all[] = {
		{ "TERM", "dumb", false }, { "TERM", "", false },
		{ "TERM", "linux", true }, { "CI", "true", false },
		{ "CI", "", true },	   { "NO_COLOR", "1", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		open_terminal(24, 80);
		setenv(all[i].name, all[i].value, 1);
		suite_block_free(&block);
		suite_block_init(&block, block.out);
		ck_assert_int_eq(block.live, all[i].live);
		close_terminal();
	}
	suite_block_init(&block, tmpfile());
	ck_assert(!block.live);
	suite_block_free(&block);
}
END_TEST

static void no_change(void *arg)
{
	++*(unsigned *)arg;
}

/* By the socket, as a run writes it. */
START_TEST(followed)
{
	static const char *const events[] = {
		"{\"event\":\"userspace\",\"seconds\":1}",
		"{\"event\":\"forward\",\"protocol\":\"tcp\"}",
		"{\"event\":\"console\",\"line\":\"caf\\u00e9\"}",
		"no JSON",
		"{\"event\":7,\"line\":[]}",
		"[]",
	};
	unsigned changes = 0;
	struct loop loop;
	struct suite_follow follow = { .loop = &loop,
				       .changed = no_change,
				       .arg = &changes };
	int fd;

	ck_assert_int_eq(loop_init(&loop), 0);
	fd = suite_follow_begin(&follow);
	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(follow.phase, "start");
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		ck_assert_int_gt(write(fd, events[i], strlen(events[i])), 0);
		loop_quit(&loop);
		loop_run(&loop);
	}
	ck_assert_str_eq(follow.phase, "userspace");
	ck_assert_str_eq(follow.line, "caf\xc3\xa9");
	ck_assert_uint_eq(changes, ARRAY_SIZE(events));
	/* The suite looks away: the run neither waits nor fails. */
	while (write(fd, events[0], strlen(events[0])) > 0)
		;
	ck_assert_int_eq(errno, EAGAIN);
	close(fd);
	while (follow.source.added) {
		loop_quit(&loop);
		loop_run(&loop);
	}
	suite_follow_end(&follow);
	ck_assert_int_lt(follow.source.fd, 0);
	loop_free(&loop);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { drawn_again, sizes, not_wanted, followed,
				       NULL };

	return unit_run(unit_suite("suite_block", tests));
}
