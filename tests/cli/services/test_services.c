/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_services.c - what the host does once a guest is ready
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/inherited.h"
#include "base/loop.h"
#include "base/util.h"
#include "cli/services/port_env.h"
#include "cli/services/services.h"
#include "devices/net/forward.h"
#include "tests/net_options.h"
#include "tests/unit_options.h"

static struct inherited inherited;
static struct services services;
static struct config config;
static struct loop loop;
static int code;

static void done(void *arg, int exit_code)
{
	(void)arg;
	code = exit_code;
	loop_quit(&loop);
}

static const char *const no_sockets[] = { NULL };

static void open_all(void)
{
	code = -1;
	services = (struct services){ .ready.draft_fd = -1 };
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(services_open(&services, &config.services,
				       &config.net.forwards),
			 0);
	ck_assert_int_eq(services_attend(&services, no_sockets, NULL, NULL), 0);
}

static void close_all(void)
{
	services_close(&services, 10000);
	services_end(&services);
	loop_free(&loop);
	forwards_free(&config.net.forwards);
}

static void start(void)
{
	ck_assert_int_eq(services_start(&services, &loop, done, NULL), 0);
}

static void file_is(const char *name, const char *wanted)
{
	char text[256] = "";
	FILE *file = fopen(name, "r");

	ck_assert_msg(file, "no %s", name);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	ck_assert_str_eq(text, wanted);
}

static void forward(const char *text)
{
	ck_assert_int_eq(publish_option(&config.net.forwards, text), 0);
}

START_TEST(variables_tell_of_each_forward_once)
{
	static const char *const wanted[] = {
		"MINIVMM_PORT_22=2222", "MINIVMM_UDP_22=2223",
		"MINIVMM_UNIX_22=/a b", "MINIVMM_PORT_80=8080",
		"MINIVMM_PORT_81=8081",
	};
	struct string_list env = { 0 };

	forward("2222:22");
	forward("3333:22");
	forward("2223:22/udp");
	forward("unix:/a b:22");
	forward("[::1]:8080-8081:80-81");
	ck_assert_int_eq(port_env(&env, &config.net.forwards), 0);
	ck_assert_uint_eq(env.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		ck_assert_str_eq(env.strings[i], wanted[i]);
	string_list_free(&env);
	/* They aren't open, and there is no such file. */
	config.net.forwards.count = 0;
	forwards_free(&config.net.forwards);
}
END_TEST

static void runs(char *line, int wanted)
{
	config.services.exec = line;
	open_all();
	start();
	loop_run(&loop);
	ck_assert_int_eq(code, wanted);
	ck_assert(!services.attendant.runs);
	close_all();
}

START_TEST(a_command_ends_with_its_code)
{
	static char plain[] = "exit 7", killed[] = "kill -9 $$";

	runs(plain, 7);
	runs(killed, 137);
}
END_TEST

/* With the ports, an empty input, and none of our signals' peculiarities. */
START_TEST(a_command_has_what_it_needs)
{
	static char line[] =
		"cat; echo $MINIVMM_PORT_22 $HOME >env; "
		"grep ^SigBlk /proc/self/status >sig; "
		"for s in PIPE XFSZ; do sh -c \"kill -$s \\$\\$\"; "
		"echo $? >>sig; done";
	sigset_t set;

	setenv("HOME", "/h", 1);
	setenv("MINIVMM_PORT_22", "old", 1);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	forward("2222:22");
	runs(line, 0);
	file_is("env", "2222 /h\n");
	file_is("sig", "SigBlk:\t0000000000000000\n141\n153\n");
}
END_TEST

/* Start a command.  The result ends when none of its processes is left to write
 * to it. */
static int start_with_pipe(char *line)
{
	int pipe_ends[2];

	ck_assert_int_eq(pipe(pipe_ends), 0);
	inherited_note(&inherited);
	config.services.inherited = &inherited;
	config.services.exec = line;
	open_all();
	start();
	close(pipe_ends[1]);
	return pipe_ends[0];
}

static void await_up(void)
{
	while (access("up", F_OK) < 0)
		usleep(1000);
}

static void nobody_is_left(int fd)
{
	char c;

	ck_assert_int_eq((int)read(fd, &c, 1), 0);
	close(fd);
}

static void ends_with_its_group(char *line)
{
	int fd = start_with_pipe(line);

	await_up();
	services_close(&services, 20);
	services_end(&services);
	nobody_is_left(fd);
	ck_assert_int_eq(code, -1);
	close_all();
}

/* It has started others, and none of them wants to end. */
START_TEST(a_command_is_ended_with_its_group)
{
	static char line[] =
		"trap '' TERM; (trap '' TERM; echo >up; sleep 9999) "
		"& wait; sleep 9999";

	ends_with_its_group(line);
}
END_TEST

/* The shell itself does not mind. */
START_TEST(what_a_command_leaves_behind_is_ended)
{
	static char line[] = "(trap '' TERM; echo >up; sleep 9999) & wait";

	ends_with_its_group(line);
}
END_TEST

/* It would keep what reads the output of the run waiting. */
START_TEST(what_outlives_a_command_is_ended)
{
	static char line[] = "(trap '' TERM; echo >up; sleep 99) & "
			     "while ! [ -e up ]; do sleep 0.01; done; exit 7";
	int fd = start_with_pipe(line);

	loop_run(&loop);
	ck_assert_int_eq(code, 7);
	services_end(&services);
	nobody_is_left(fd);
	close_all();
}
END_TEST

START_TEST(a_command_may_end_well)
{
	static char line[] = "trap 'echo bye >said; exit' TERM; echo >up; "
			     "while :; do sleep 0.01; done";

	config.services.exec = line;
	open_all();
	start();
	while (access("up", F_OK) < 0)
		usleep(1000);
	close_all();
	file_is("said", "bye\n");
}
END_TEST

/* That the command is not ours to end, and has to be ended all the same. */
START_TEST(a_command_ends_when_we_are_killed)
{
	static char line[] = "trap '' TERM; echo >up; exec sleep 9999";
	int pipe_ends[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(pipe_ends), 0);
	inherited_note(&inherited);
	config.services.inherited = &inherited;
	config.services.exec = line;
	pid = fork();
	if (pid == 0) {
		open_all();
		start();
		for (;;)
			pause();
	}
	close(pipe_ends[1]);
	while (access("up", F_OK) < 0)
		usleep(1000);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq((int)read(pipe_ends[0], &c, 1), 0);
	close(pipe_ends[0]);
}
END_TEST

/* By the kernel, when memory is short, or by an administrator. */
START_TEST(a_command_ends_when_its_attendant_is_killed)
{
	static char line[] = "trap '' TERM; (trap '' TERM; echo >up; "
			     "sleep 9999) & wait; sleep 9999";
	int fd = start_with_pipe(line);

	await_up();
	kill(services.attendant.pid, SIGKILL);
	nobody_is_left(fd);
	loop_run(&loop);
	ck_assert_int_lt(code, 0);
	close_all();
}
END_TEST

/* Another session and group, and its parent is gone, as that of a daemon. */
#define DAEMON "(trap '' TERM; setsid sh -c 'echo $$ >up; sleep 9999; :' &) ; "

static void wait_for_daemon(void)
{
	struct stat file;

	while (stat("up", &file) < 0 || file.st_size == 0)
		usleep(1000);
}

START_TEST(a_daemon_ends_with_its_command)
{
	static char line[] = DAEMON "while ! [ -s up ]; do sleep 0.01; done";
	int fd = start_with_pipe(line);

	loop_run(&loop);
	ck_assert_int_eq(code, 0);
	close_all();
	nobody_is_left(fd);
}
END_TEST

START_TEST(a_daemon_ends_with_the_run)
{
	static char line[] = DAEMON "sleep 9999";
	int fd = start_with_pipe(line);

	wait_for_daemon();
	close_all();
	nobody_is_left(fd);
}
END_TEST

/* And leaves nothing that nobody waits for. */
START_TEST(a_daemon_may_end_by_itself)
{
	static char line[] =
		"for i in 1 2 3; do (setsid true & sleep 0.01); done; "
		"while set -- $(cat /proc/$PPID/task/$PPID/children); "
		"[ $# -gt 2 ]; do sleep 0.01; done";

	runs(line, 0);
}
END_TEST

/* Somebody who has taken this process over can't have it run again. */
START_TEST(a_command_runs_once)
{
	static char line[] = "echo run >>runs";

	config.services.exec = line;
	open_all();
	start();
	loop_run(&loop);
	ck_assert_int_eq(attendant_run(&services.attendant, &loop, done, NULL),
			 -EINVAL);
	close_all();
	file_is("runs", "run\n");
}
END_TEST

START_TEST(a_file_appears_when_ready)
{
	static char name[] = "file";

	write_file(name, "stale", 5);
	config.services.ready_file = name;
	forward("2222:22");
	forward("8080:80");
	open_all();
	ck_assert_int_lt(access(name, F_OK), 0);
	start();
	file_is(name, "ready MINIVMM_PORT_22=2222 MINIVMM_PORT_80=8080\n");
	close_all();
	file_is(name, "ready MINIVMM_PORT_22=2222 MINIVMM_PORT_80=8080\n");
	/* Nothing else is left, and nothing at all of one that wasn't. */
	ck_assert_int_eq(system("test \"$(ls)\" = file"), 0);
	open_all();
	close_all();
	ck_assert_int_eq(system("test -z \"$(ls)\""), 0);
}
END_TEST

/* However many there are. */
START_TEST(sockets_are_removed)
{
	enum { SOCKETS = 100 };
	const char *paths[SOCKETS + 1] = { NULL };
	char names[SOCKETS][8];

	services = (struct services){ .ready.draft_fd = -1 };
	ck_assert_int_eq(services_open(&services, &config.services,
				       &config.net.forwards),
			 0);
	for (unsigned i = 0; i < SOCKETS; i++) {
		snprintf(names[i], sizeof(names[i]), "s%u", i);
		write_file(names[i], "", 0);
		paths[i] = names[i];
	}
	ck_assert_int_eq(services_attend(&services, paths, NULL, NULL), 0);
	services_close(&services, 0);
	services_end(&services);
	ck_assert_int_eq(system("test -z \"$(ls)\""), 0);
}
END_TEST

/* Somebody who may write to the folder has put links in the way. */
START_TEST(a_file_follows_no_link)
{
	static char name[] = "file";
	char draft[32];

	snprintf(draft, sizeof(draft), "%s.%d", name, getpid());
	write_file("victim", "old", 3);
	ck_assert_int_eq(symlink("victim", draft), 0);
	config.services.ready_file = name;
	open_all();
	start();
	close_all();
	file_is("victim", "old");
	file_is(name, "ready\n");
}
END_TEST

/* So that who reads the line finds its words. */
START_TEST(a_path_with_a_blank_is_one_word)
{
	static char name[] = "file";

	config.services.ready_file = name;
	forward("unix:/a b\\\tc:22");
	open_all();
	start();
	file_is(name, "ready MINIVMM_UNIX_22=/a\\040b\\134\\011c\n");
	close_all();
}
END_TEST

START_TEST(a_descriptor_is_told)
{
	char text[64] = "";
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	config.services.ready_fd = (unsigned)ends[1];
	open_all();
	start();
	close_all();
	close(ends[1]);
	ck_assert_int_eq((int)read(ends[0], text, sizeof(text)), 6);
	ck_assert_str_eq(text, "ready\n");
	close(ends[0]);
}
END_TEST

static void refused(const char *why)
{
	char log[2048];
	int saved = catch_log(), err;

	services = (struct services){ .ready.draft_fd = -1 };
	err = services_open(&services, &config.services, &config.net.forwards);
	services_close(&services, 0);
	release_log(saved, log);
	ck_assert_int_lt(err, 0);
	ck_assert_msg(strstr(log, why), "%s", log);
}

START_TEST(what_cannot_be_told_is_said_before)
{
	static char folder[] = ".", nowhere[] = "no/such/file";

	config.services.ready_file = folder;
	refused("not a regular file");
	config.services.ready_file = nowhere;
	refused("No such file or directory: name a file");
}
END_TEST

START_TEST(options_are_understood)
{
	struct config cfg;

	parse(&cfg, "k", "--wait-port=22,1.5", "--wait-port=65535", "--exec",
	      "ls -l", "--ready-fd=1", "--ready-file=r", NULL);
	ck_assert_uint_eq(cfg.verdict.wait.count, 2);
	ck_assert_uint_eq(cfg.verdict.wait.list[0].port, 22);
	ck_assert_uint_eq(cfg.verdict.wait.list[0].limit_ns,
			  1500 * NSEC_PER_MSEC);
	ck_assert_uint_eq(cfg.verdict.wait.list[1].port, 65535);
	ck_assert_uint_eq(cfg.verdict.wait.list[1].limit_ns, 0);
	ck_assert_str_eq(cfg.services.exec, "ls -l");
	ck_assert_uint_eq(cfg.services.ready_fd, 1);
	ck_assert_str_eq(cfg.services.ready_file, "r");
	ck_assert(cfg.verdict.script.goes_on);
	config_free(&cfg);
	parse(&cfg, "k", "--wait-port=22", NULL);
	ck_assert(cfg.verdict.script.goes_on);
	ck_assert(!config_goes_on(&cfg));
	config_free(&cfg);
	parse(&cfg, "k", "--expect=x", NULL);
	ck_assert(!cfg.verdict.script.goes_on);
	config_free(&cfg);
}
END_TEST

/* That there is a 9 when the machine is up, for KVM or a report, is not it. */
START_TEST(a_descriptor_is_the_callers)
{
	int reads = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(dup2(reads, 8), 8);
	close(9);
	refuses("--ready-fd 9: not open for writing: open it, as in 9>FILE",
		"k", "--ready-fd=9", NULL);
	refuses("--events 9: not open for writing", "k", "--events=9", NULL);
	refuses("--events 8: not open for writing", "k", "--events=8", NULL);
	refuses("not a number from 1 to 65535", "k", "--events=0", NULL);
}
END_TEST

START_TEST(options_are_refused)
{
	refuses("not a port from 1", "k", "--wait-port=0", NULL);
	refuses("not a port from 1", "k", "--wait-port=65536", NULL);
	refuses("not a port from 1", "k", "--wait-port=", NULL);
	refuses("not a port from 1", "k", "--wait-port=,1", NULL);
	refuses("not a port from 1", "k", "--wait-port=22x", NULL);
	refuses("not a number of seconds", "k", "--wait-port=22,", NULL);
	refuses("not a number of seconds", "k", "--wait-port=22,x", NULL);
	refuses("there is no network", "k", "--wait-port=22", "--net=none",
		NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		variables_tell_of_each_forward_once,
		a_command_ends_with_its_code,
		a_command_has_what_it_needs,
		a_command_is_ended_with_its_group,
		what_a_command_leaves_behind_is_ended,
		what_outlives_a_command_is_ended,
		a_command_may_end_well,
		a_command_ends_when_we_are_killed,
		a_command_ends_when_its_attendant_is_killed,
		a_daemon_ends_with_its_command,
		a_daemon_ends_with_the_run,
		a_daemon_may_end_by_itself,
		a_command_runs_once,
		a_file_appears_when_ready,
		sockets_are_removed,
		a_file_follows_no_link,
		a_path_with_a_blank_is_one_word,
		a_descriptor_is_told,
		what_cannot_be_told_is_said_before,
		options_are_understood,
		a_descriptor_is_the_callers,
		options_are_refused,
		NULL,
	};

	return unit_run(options_suite("services", tests));
}
