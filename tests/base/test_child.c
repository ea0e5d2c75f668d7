/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_child.c - what a child process has of ours, and when it ends
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/inherited.h"
#include "base/util.h"
#include "tests/unit.h"

/* Starts /bin/sh with @line; its output comes to *@out. */
static pid_t start(const char *line, const struct inherited *inherited,
		   int *out, int *ended)
{
	char *argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
			 (char *)(uintptr_t)line, NULL };
	int ends[2];
	struct child_spec spec = {
		.path = "/bin/sh",
		.argv = argv,
		.env = environ,
		.inherited = inherited,
		.death_signal = SIGKILL,
	};
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	spec.stdio[0] = spec.stdio[2] = -1;
	spec.stdio[1] = ends[1];
	ck_assert_int_eq(child_start(&pid, ended, &spec), 0);
	close(ends[1]);
	*out = ends[0];
	return pid;
}

/* All that @line prints is @wanted, and it succeeds. */
static void prints(const char *line, const struct inherited *inherited,
		   const char *wanted)
{
	char text[512] = "";
	int out, ended;
	pid_t pid = start(line, inherited, &out, &ended);
	size_t len = 0;
	ssize_t n;

	while ((n = read(out, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	ck_assert_int_eq(child_reap(pid), 0);
	ck_assert_str_eq(text, wanted);
	close(out);
	close(ended);
}

/* Below are those of the shell and of Check. */
#define LIST_FDS                                                               \
	"cd /proc/self/fd && for f in 1[0-9][0-9]; do "                        \
	"[ -e $f ] && echo $f; done; :"

static void open_at(int fd)
{
	int null = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(dup2(null, fd), fd);
	close(null);
}

START_TEST(only_what_we_were_given_is_passed_on)
{
	struct inherited inherited;

	/* The user's. */
	open_at(103);
	open_at(105);
	open_at(164);
	inherited_note(&inherited);
	/* Ours, and a library's. */
	open_at(104);
	open_at(106);
	open_at(163);
	open_at(165);
	prints(LIST_FDS, &inherited, "103\n105\n164\n");
	/* What is meant for us alone. */
	fcntl(105, F_SETFD, FD_CLOEXEC);
	prints(LIST_FDS, &inherited, "103\n164\n");
	prints(LIST_FDS, NULL, "");
	inherited_free(&inherited);
}
END_TEST

START_TEST(the_limit_on_descriptors_is_the_users)
{
	struct inherited inherited;
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 200;
	setrlimit(RLIMIT_NOFILE, &limit);
	inherited_note(&inherited);
	limit.rlim_cur = 300;
	setrlimit(RLIMIT_NOFILE, &limit);
	prints("ulimit -Sn", &inherited, "200\n");
	prints("ulimit -Sn", NULL, "300\n");
	getrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_uint_eq(limit.rlim_cur, 300);
	inherited_free(&inherited);
}
END_TEST

static void handler(int signal)
{
	(void)signal;
}

/* The user has SIGHUP ignored, as nohup(1) does, and we the other four. */
START_TEST(signals_are_as_the_user_had_them)
{
	sigset_t all;

	/* Whoever runs the tests may have others ignored. */
	for (int i = 1; i <= SIGSYS; i++)
		signal(i, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGTERM, handler);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	/* Only the standard ones: others are the C library's. */
	prints("grep -E '^Sig(Blk|Ign)' /proc/self/status | "
	       "while read -r name mask; do "
	       "printf '%s%x\\n' $name $((0x$mask & 0x7fffffff)); done",
	       NULL, "SigBlk:0\nSigIgn:1\n");
}
END_TEST

START_TEST(it_leads_a_group)
{
	prints("[ $(ps -o pgid= -p $$) = $$ ]", NULL, "");
}
END_TEST

START_TEST(what_cannot_be_started_is_no_child)
{
	char *argv[] = { NULL };
	const struct child_spec spec = { .path = "/nowhere",
					 .argv = argv,
					 .env = environ,
					 .stdio = { -1, -1, -1 },
					 .death_signal = SIGKILL };
	int fd = -1;
	pid_t pid;

	ck_assert_int_eq(child_start(&pid, &fd, &spec), -ENOENT);
	ck_assert_int_eq(pid, 0);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

/* Somebody else has heard of it. */
START_TEST(an_end_that_is_not_known_is_no_success)
{
	int out, ended;
	pid_t pid;

	pid = start("exit 1", NULL, &out, &ended);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(child_reap(pid), -ECHILD);
	close(out);
	close(ended);
}
END_TEST

/* The process between, and what it has started, are gone when nobody has
 * @held open any more. */
static void ends_with_its_parent(void (*parent)(int held))
{
	struct pollfd pfd = { .events = POLLIN };
	int held[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(held, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		close(held[0]);
		parent(held[1]);
	}
	close(held[1]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	pfd.fd = held[0];
	ck_assert_int_eq(poll(&pfd, 1, 20000), 1);
	ck_assert_int_eq(pfd.revents, POLLHUP);
	close(held[0]);
}

/* It has @held as its standard output. */
static pid_t start_sleeper(int held)
{
	char *argv[] = { (char *)(uintptr_t) "sleep",
			 (char *)(uintptr_t) "9999", NULL };
	const struct child_spec spec = {
		.path = "/bin/sleep",
		.argv = argv,
		.env = environ,
		.stdio = { -1, held, -1 },
		.death_signal = SIGKILL,
	};
	pid_t pid;
	int ended;

	if (child_start(&pid, &ended, &spec) < 0)
		_exit(1);
	return pid;
}

static void is_killed(int held)
{
	start_sleeper(held);
	kill(getpid(), SIGKILL);
	pause();
}

START_TEST(it_ends_with_its_parent)
{
	ends_with_its_parent(is_killed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		only_what_we_were_given_is_passed_on,
		the_limit_on_descriptors_is_the_users,
		signals_are_as_the_user_had_them,
		it_leads_a_group,
		what_cannot_be_started_is_no_child,
		an_end_that_is_not_known_is_no_success,
		it_ends_with_its_parent,
		NULL,
	};

	return unit_run(unit_suite("child", tests));
}
