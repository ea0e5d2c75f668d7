/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --serial stdio on a terminal.  Three processes: the test, which types at
 * the master side of a pseudo-terminal; a "shell", which leads the session
 * on it; and a "job" of the shell, which is what minivmm would be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/log.h"
#include "devices/serial/escape.h"
#include "tests/serial.h"
#include "tests/session.h"
#include "tests/unit.h"

static struct termios modes(void)
{
	struct termios t;

	require(tcgetattr(0, &t) == 0, "tcgetattr");
	return t;
}

static bool same_modes(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
	       a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
	       !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

static bool raw_now(void)
{
	struct termios t = modes();

	return !(t.c_lflag & (ICANON | ECHO | ISIG)) && (t.c_oflag & OPOST);
}

static pid_t job_start(int (*job_main)(const struct shell *shell),
		       const struct shell *shell)
{
	pid_t job = fork();

	require(job >= 0, "fork");
	if (!job)
		_exit(job_main(shell));
	return job;
}

static bool any_quit(void *arg)
{
	(void)arg;
	return line.quits;
}

/* The guest prints what it reads, in brackets; ends at Ctrl-A x. */
static bool echo_until_quit(void *arg)
{
	char text[64];
	size_t n = serial_drain(&line);

	(void)arg;
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(text, sizeof(text), "[%02x]", line.got[i]);

		chardev_write(line.chardev, (const uint8_t *)text, (size_t)len);
	}
	line.n_got = 0;
	return line.quits;
}

static int echo_job(const struct shell *shell)
{
	serial_start(&line, "stdio", NULL);
	/* Some terminals stop background processes for this. */
	log_err("a line");
	tell(shell, 'r');
	serial_run_until(&line, echo_until_quit, NULL);
	serial_stop(&line, PATIENT);
	return 0;
}

static int escape_shell(const struct shell *shell)
{
	struct termios before = modes(), after;
	int flags = fcntl(0, F_GETFL), status;
	pid_t job = job_start(echo_job, shell);

	require(waitpid(job, &status, 0) == job, "waitpid");
	require(status == 0, "the job's status");
	after = modes();
	require(same_modes(&before, &after), "the modes of before");
	require(fcntl(0, F_GETFL) == flags, "the flags of before");
	return 0;
}

START_TEST(typing_and_escapes)
{
	struct session session;

	session_start(&session, escape_shell);
	await_news(&session, 'r');
	await_screen(&session, "minivmm: Ctrl-A x quits, Ctrl-A h lists");
	/* Ctrl-C, Ctrl-Z, carriage return, Ctrl-D: all the guest's. */
	type(&session, "a\x03\x1a\r\x04");
	await_screen(&session, "[61][03][1a][0d][04]");
	type(&session, "\x01\x01\x01?");
	await_screen(&session, "Ctrl-A Ctrl-A");
	type(&session, "\x01h");
	await_screen(&session, "Ctrl-A x");
	/* BREAK in its place; an unknown letter is nothing. */
	type(&session, "1\x01"
		       "b2\x01z3");
	await_screen(&session, "[31][23][32][33]");
	type(&session, "\x01x");
	session_end(&session);
}
END_TEST

START_TEST(another_escape_key)
{
	struct escape t = { .key = 0x1d }, none = { .key = 0 };
	char name[ESCAPE_NAME], text[ESCAPE_TEXT];

	ck_assert_int_eq(escape_feed(&t, 1), ESCAPE_PASS);
	ck_assert_int_eq(escape_feed(&t, 0x1d), ESCAPE_NOTHING);
	ck_assert_int_eq(escape_feed(&t, 'x'), ESCAPE_QUIT);
	ck_assert_int_eq(escape_feed(&t, 0x1d), ESCAPE_NOTHING);
	ck_assert_int_eq(escape_feed(&t, 0x1d), ESCAPE_PASS);
	ck_assert_int_eq(escape_feed(&t, 0x1d), ESCAPE_NOTHING);
	ck_assert_int_eq(escape_feed(&t, 1), ESCAPE_NOTHING);
	ck_assert_str_eq(escape_name(0x1d, name), "Ctrl-]");
	ck_assert_ptr_nonnull(strstr(escape_help(0x1d, text),
				     "\r\nCtrl-] Ctrl-]  send one Ctrl-]\r\n"));
	for (unsigned c = 0; c < 256; c++)
		ck_assert_int_eq(escape_feed(&none, (uint8_t)c), ESCAPE_PASS);
}
END_TEST

/* The guest never reads. */
static int deaf_job(const struct shell *shell)
{
	serial_start(&line, "stdio", NULL);
	tell(shell, 'r');
	serial_run_until(&line, any_quit, NULL);
	serial_stop(&line, PATIENT);
	return 0;
}

static int deaf_shell(const struct shell *shell)
{
	int status;

	require(waitpid(job_start(deaf_job, shell), &status, 0) > 0, "wait");
	require(status == 0, "the job's status");
	return 0;
}

START_TEST(a_guest_that_hangs_can_be_quit)
{
	struct session session;
	char line_of_x[101];

	memset(line_of_x, 'x', 100);
	line_of_x[100] = 0;
	session_start(&session, deaf_shell);
	await_news(&session, 'r');
	for (unsigned i = 0; i < 20; i++)
		type(&session, line_of_x);
	type(&session, "\x01x");
	session_end(&session);
}
END_TEST

static const int deaths[] = {
	SIGSEGV, SIGBUS, SIGFPE,  SIGILL, SIGABRT, SIGTRAP,
	SIGTERM, SIGHUP, SIGQUIT, SIGINT, SIGUSR2, SIGPWR,
};

/* Which of them the test is about. */
static int death;

static int dying_job(const struct shell *shell)
{
	/* A sanitizer's handlers are not the subject. */
	for (unsigned i = 0; i < ARRAY_SIZE(deaths); i++)
		signal(deaths[i], SIG_DFL);
	serial_start(&line, "stdio", NULL);
	require(raw_now(), "raw mode");
	tell(shell, 'r');
	/* To die by the other's hand, or by its own. */
	if (death == SIGABRT)
		abort();
	if (death == SIGSEGV)
		*(volatile char *)mmap(NULL, 1, PROT_NONE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) = 0;
	for (;;)
		sleep(1);
}

static int dying_shell(const struct shell *shell)
{
	struct termios before = modes(), after;
	int status, news[2];
	const struct shell inner = { (require(pipe(news) == 0, "pipe"),
				      news[1]) };
	pid_t job = job_start(dying_job, &inner);
	char c;

	require(read(news[0], &c, 1) == 1, "the job's news");
	if (death != SIGABRT && death != SIGSEGV) {
		require(raw_now(), "raw mode");
		kill(job, death);
	}
	require(waitpid(job, &status, 0) == job, "waitpid");
	require(WIFSIGNALED(status), "death by signal");
	require(WTERMSIG(status) == death, "death by that signal");
	after = modes();
	require(same_modes(&before, &after), "the modes of before");
	tell(shell, 'd');
	return 0;
}

START_TEST(the_terminal_survives_a_crash)
{
	struct session session;

	death = deaths[_i];
	session_start(&session, dying_shell);
	await_news(&session, 'd');
	session_end(&session);
}
END_TEST

/* As a shell with job control starts one with "&" and later says "fg". */
static int job_control_shell(const struct shell *shell)
{
	struct termios before = modes(), after;
	int status, news[2];
	const struct shell inner = { (require(pipe(news) == 0, "pipe"),
				      news[1]) };
	pid_t job;
	char c;

	before.c_lflag |= TOSTOP;
	require(tcsetattr(0, TCSANOW, &before) == 0, "tcsetattr");
	signal(SIGTTOU, SIG_IGN);
	job = fork();
	require(job >= 0, "fork");
	if (!job) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_DFL);
		_exit(echo_job(&inner));
	}
	setpgid(job, job);
	require(read(news[0], &c, 1) == 1, "the job's news");
	after = modes();
	require(same_modes(&before, &after), "modes left alone");
	/* The test has typed now. */
	tell(shell, 'b');
	require(read(0, &c, 1) == 1 && c == 's', "the shell's own input");
	require(read(0, &c, 1) == 1 && c == '\n', "the shell's own line");
	require(waitpid(job, &status, WUNTRACED | WNOHANG) == 0, "it runs");
	tcsetpgrp(0, job);
	require(waitpid(job, &status, WUNTRACED) == job, "waitpid");
	require(!WIFSTOPPED(status), "not stopped");
	require(status == 0, "the job's status");
	tcsetpgrp(0, getpgrp());
	after = modes();
	require(same_modes(&before, &after), "the modes of before");
	return 0;
}

START_TEST(in_the_background_and_back)
{
	struct session session;

	session_start(&session, job_control_shell);
	await_screen(&session, "minivmm: a line");
	await_news(&session, 'b');
	type(&session, "s\n");
	await_screen(&session, "s\r\n");
	type(&session, "m\n");
	await_screen(&session, "[6d]");
	type(&session, "\x01x");
	session_end(&session);
}
END_TEST

/* Stopped by somebody, the modes changed, continued. */
static int stopping_shell(const struct shell *shell)
{
	struct termios before = modes();
	int status, news[2];
	const struct shell inner = { (require(pipe(news) == 0, "pipe"),
				      news[1]) };
	pid_t job = job_start(echo_job, &inner);
	char c;

	require(read(news[0], &c, 1) == 1, "the job's news");
	kill(job, SIGSTOP);
	require(waitpid(job, &status, WUNTRACED) == job, "waitpid");
	require(WIFSTOPPED(status), "stopped");
	require(tcsetattr(0, TCSANOW, &before) == 0, "tcsetattr");
	kill(job, SIGCONT);
	while (!raw_now())
		usleep(1000);
	tell(shell, 'c');
	require(waitpid(job, &status, 0) == job, "waitpid");
	require(status == 0, "the job's status");
	return 0;
}

START_TEST(stopped_and_continued)
{
	struct session session;

	session_start(&session, stopping_shell);
	await_news(&session, 'c');
	type(&session, "\x01x");
	session_end(&session);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		typing_and_escapes,
		another_escape_key,
		a_guest_that_hangs_can_be_quit,
		in_the_background_and_back,
		stopped_and_continued,
		NULL,
	};
	const TTest *const loops[] = {
		the_terminal_survives_a_crash,
		NULL,
	};
	Suite *suite = suite_create("term");

	unit_add(suite, tests, 1, NULL, NULL);
	unit_add(suite, loops, ARRAY_SIZE(deaths), NULL, NULL);
	return unit_run(suite);
}
