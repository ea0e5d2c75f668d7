/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_unix_listen.c - listening Unix sockets, and drafts
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/unix_listen.h"
#include "base/util.h"
#include "tests/unit_options.h"

enum { SOCKETS = 500 };

static struct file_id id;

/* 0 if a connection to @path was accepted, else errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), err;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	err = connect(fd, (const void *)&addr, sizeof(addr)) < 0 ? errno : 0;
	close(fd);
	return err;
}

START_TEST(it_listens_and_goes)
{
	int fd = unix_listen("socket", 16, &id);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect_to("socket"), 0);
	/* No draft is left. */
	ck_assert_int_eq(system("test \"$(ls -A)\" = socket"), 0);
	file_id_unlink(&id, "socket");
	ck_assert_int_eq(system("test -z \"$(ls -A)\""), 0);
	close(fd);
}
END_TEST

/* Whatever the umask. */
START_TEST(only_its_owner_can_connect)
{
	struct stat st;

	umask(0);
	ck_assert_int_ge(unix_listen_private("socket", 16, &id), 0);
	ck_assert_int_eq(stat("socket", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_ge(unix_listen("other", 16, &id), 0);
	ck_assert_int_eq(stat("other", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0777);
}
END_TEST

START_TEST(a_dead_one_is_replaced)
{
	struct file_id other;

	close(unix_listen("socket", 16, &other));
	ck_assert_int_eq(connect_to("socket"), ECONNREFUSED);
	ck_assert_int_ge(unix_listen("socket", 16, &id), 0);
	ck_assert_int_eq(connect_to("socket"), 0);
}
END_TEST

START_TEST(anything_else_is_not)
{
	struct file_id other;

	ck_assert_int_ge(unix_listen("socket", 16, &other), 0);
	ck_assert_int_eq(unix_listen("socket", 16, &id), -EADDRINUSE);
	ck_assert_int_eq(connect_to("socket"), 0);
	/* It is not ours, whatever we do at the end. */
	file_id_unlink(&id, "socket");
	ck_assert_int_eq(connect_to("socket"), 0);
	write_file("file", "x", 1);
	ck_assert_int_eq(unix_listen("file", 16, &id), -EEXIST);
	ck_assert_int_eq(symlink("nowhere", "link"), 0);
	ck_assert_int_eq(unix_listen("link", 16, &id), -EEXIST);
	ck_assert_int_eq(unix_listen("no/socket", 16, &id), -ENOENT);
	ck_assert_int_eq(system("test \"$(ls -A | tr '\\n' .)\" = "
				"file.link.socket."),
			 0);
}
END_TEST

START_TEST(another_in_its_place_stays)
{
	struct file_id other;

	ck_assert_int_ge(unix_listen("socket", 16, &id), 0);
	unlink("socket");
	ck_assert_int_ge(unix_listen("socket", 16, &other), 0);
	file_id_unlink(&id, "socket");
	ck_assert_int_eq(connect_to("socket"), 0);
	file_id_unlink(&other, "socket");
	ck_assert_int_eq(connect_to("socket"), ENOENT);
	/* It is gone already. */
	file_id_unlink(&other, "socket");
}
END_TEST

/* The longest is as long as before there were drafts. */
START_TEST(paths_are_long_or_too_long)
{
	char path[110];

	memset(path, 'x', sizeof(path));
	path[107] = '\0';
	ck_assert_int_ge(unix_listen(path, 1, &id), 0);
	ck_assert_int_eq(connect_to(path), 0);
	file_id_unlink(&id, path);
	path[107] = 'x';
	path[108] = '\0';
	ck_assert_int_eq(unix_listen(path, 1, &id), -ENAMETOOLONG);
	/* A folder that leaves no room. */
	memset(path, '/', 102);
	path[102] = 's';
	path[103] = '\0';
	ck_assert_int_eq(unix_listen(path, 1, &id), -ENAMETOOLONG);
}
END_TEST

static void name_of(char name[16], unsigned i)
{
	snprintf(name, 16, "s%u", i);
}

static void open_all(void)
{
	char name[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0; i < SOCKETS; i++) {
		name_of(name, i);
		if (unix_listen(name, 1, &id) < 0)
			_exit(1);
	}
	pause();
}

/* Who finds it can connect, however soon. */
START_TEST(nobody_is_refused)
{
	char name[16];
	pid_t pid = fork();

	if (!pid)
		open_all();
	for (unsigned i = 0; i < SOCKETS; i++) {
		int err;

		name_of(name, i);
		do
			err = connect_to(name);
		while (err == ENOENT && kill(pid, 0) == 0);
		ck_assert_int_eq(err, 0);
	}
	kill(pid, SIGKILL);
}
END_TEST

START_TEST(names_of_drafts)
{
	char name[64], again[64];

	ck_assert_int_eq(draft_name(name, sizeof(name), "a/b"), 0);
	ck_assert_int_eq(strncmp(name, "a/b.", 4), 0);
	ck_assert_uint_eq(strlen(name), 12);
	ck_assert_int_eq(draft_name(again, sizeof(again), "a/b"), 0);
	ck_assert_str_ne(name, again);
	ck_assert_int_eq(draft_name(name, 12, "a/b"), 0);
	ck_assert_int_eq(strncmp(name, "a/.", 3), 0);
	ck_assert_int_eq(draft_name(name, 11, "a/b"), -ENAMETOOLONG);
	ck_assert_int_eq(draft_name(name, 10, "b"), 0);
	ck_assert_int_eq(*name, '.');
	ck_assert_int_eq(draft_name(name, 9, "b"), -ENAMETOOLONG);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		it_listens_and_goes,
		only_its_owner_can_connect,
		a_dead_one_is_replaced,
		anything_else_is_not,
		another_in_its_place_stays,
		paths_are_long_or_too_long,
		nobody_is_refused,
		names_of_drafts,
		NULL,
	};

	return unit_run(options_suite("unix_listen", tests));
}
