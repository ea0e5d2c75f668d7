/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.h - a terminal, and a "shell" that leads the session on it
 *
 * The test types at the master side of a pseudo-terminal and sees its
 * screen.
 */
#ifndef TESTS_SESSION_H
#define TESTS_SESSION_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct session {
	pid_t shell;
	int master;
	/* What the shell and the job tell the test, a letter at a time. */
	int news;
};

/* In the shell and the job: the other end of session.news. */
struct shell {
	int news;
};

static inline void tell(const struct shell *shell, char c)
{
	ck_assert_int_eq((int)write(shell->news, &c, 1), 1);
}

/* Starts @shell_main on a new terminal. */
static inline void session_start(struct session *session,
				 int (*shell_main)(const struct shell *shell))
{
	int news[2], slave;

	session->master = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_eq(grantpt(session->master), 0);
	ck_assert_int_eq(unlockpt(session->master), 0);
	ck_assert_int_eq(pipe(news), 0);
	session->shell = fork();
	ck_assert_int_ge(session->shell, 0);
	if (!session->shell) {
		const struct shell shell = { news[1] };

		setsid();
		slave = open(ptsname(session->master), O_RDWR);
		ioctl(slave, TIOCSCTTY, 0);
		close(session->master);
		close(news[0]);
		for (int i = 0; i < 3; i++)
			dup2(slave, i);
		close(slave);
		_exit(shell_main(&shell));
	}
	close(news[1]);
	session->news = news[0];
}

static inline void await_news(const struct session *session, char want)
{
	char c = 0;

	ck_assert_int_eq((int)read(session->news, &c, 1), 1);
	ck_assert_int_eq(c, want);
}

static inline void type(const struct session *session, const char *s)
{
	ck_assert_int_eq((int)write(session->master, s, strlen(s)),
			 (int)strlen(s));
}

/* Reads the screen until @want has appeared. */
static inline void await_screen(const struct session *session, const char *want)
{
	char screen[8192] = "";
	size_t n = 0;

	while (!strstr(screen, want)) {
		ssize_t k = read(session->master, screen + n,
				 sizeof(screen) - 1 - n);

		ck_assert_msg(k > 0, "the screen has only \"%s\"", screen);
		n += (size_t)k;
		screen[n] = 0;
	}
}

/* The shell ends, content. */
static inline void session_end(struct session *session)
{
	char buf[512];
	int status;

	/* What is on the screen must not hold it up. */
	while (read(session->master, buf, sizeof(buf)) > 0)
		continue;
	ck_assert_int_eq(waitpid(session->shell, &status, 0), session->shell);
	ck_assert_msg(WIFEXITED(status), "killed by %d", WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	close(session->master);
	close(session->news);
}

/* In children a failed check must not unwind into Check. */
static inline void require(bool ok, const char *what)
{
	if (ok)
		return;
	dprintf(2, "\r\nFAILED: %s (%m)\r\n", what);
	_exit(99);
}

#endif
