/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unix_listen.h"
#include "base/util.h"
#include "devices/net/forward.h"
#include "devices/net/port_holder.h"
#include "tests/files.h"
#include "tests/net_options.h"
#include "tests/unit.h"

static struct forwards forwards;

static void parse(const char *text)
{
	forwards_free(&forwards);
	ck_assert_msg(publish_option(&forwards, text) == 0, "%s", text);
}

/* As hostfwd= of --net; -EINVAL. */
static int hostfwd(const char *text)
{
	return forward_parse_hostfwd(
		&forwards, &(struct option_value){ .text = text,
						   .key = "hostfwd",
						   .where = "--net" });
}

static void check(size_t i, const char *host, bool udp, unsigned guest)
{
	char text[FORWARD_TEXT];

	ck_assert_uint_lt(i, forwards.count);
	ck_assert_str_eq(forward_host_text(&forwards.list[i], text), host);
	ck_assert_int_eq(forwards.list[i].udp, udp);
	ck_assert_uint_eq(forwards.list[i].guest_port, guest);
}

START_TEST(forwards_are_parsed)
{
	parse("2222:22");
	check(0, "127.0.0.1:2222", false, 22);
	ck_assert(!forwards.list[0].picked);
	parse("0.0.0.0:8080:80/tcp");
	check(0, "0.0.0.0:8080", false, 80);
	parse("53:53/udp");
	check(0, "127.0.0.1:53", true, 53);
	parse("[::1]:2222:22");
	check(0, "[::1]:2222", false, 22);
	parse("0:22");
	check(0, "127.0.0.1:0", false, 22);
	ck_assert(forwards.list[0].picked);
	parse("unix:/run/a:b/c.sock:22");
	check(0, "/run/a:b/c.sock", false, 22);
	parse("8000-8002:9000-9002");
	ck_assert_uint_eq(forwards.count, 3);
	check(0, "127.0.0.1:8000", false, 9000);
	check(2, "127.0.0.1:8002", false, 9002);
	parse("65535:65535");
	check(0, "127.0.0.1:65535", false, 65535);
	forwards_free(&forwards);
}
END_TEST

START_TEST(qemus_forwards_are_parsed)
{
	static const char *const texts[] = {
		"tcp:127.0.0.1:2222-:22",
		"tcp::2222-:22",
		":127.0.0.1:2222-:22",
		"tcp:127.0.0.1:2222-10.0.2.15:22",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++) {
		forwards_free(&forwards);
		ck_assert_int_eq(hostfwd(texts[i]), 0);
		check(0, "127.0.0.1:2222", false, 22);
	}
	ck_assert_uint_eq(forwards.list[0].guest.s_addr, htonl(0x0a00020f));
	ck_assert_int_eq(hostfwd("udp:[::1]:1-:2"), 0);
	check(1, "[::1]:1", true, 2);
	ck_assert_int_eq(hostfwd("unix:/run/a-b:c-:22"), 0);
	check(2, "/run/a-b:c", false, 22);
	/* Which QEMU has not. */
	ck_assert_int_eq(hostfwd("tcp::8000-8001-:9000-9001"), 0);
	check(4, "127.0.0.1:8001", false, 9001);
	forwards_free(&forwards);
}
END_TEST

START_TEST(the_part_that_is_wrong_is_marked)
{
	static const char *const bad[][2] = {
		{ "22", "'22'" },
		{ "", "''" },
		{ "x:22", "'x'" },
		{ "2222:x", "'x'" },
		{ "2222:0", "'0'" },
		{ "2222:65536", "'65536'" },
		{ "2222:22x", "'22x'" },
		{ "99999:22", "'99999'" },
		{ "-1:22", "'-1'" },
		{ "2222:22/sctp", "'sctp'" },
		{ "2222:22/", "''" },
		{ "300.0.0.1:2222:22", "'300.0.0.1'" },
		{ "[::g]:2222:22", "'[::g]'" },
		{ "::1:2222:22", "'::1'" },
		{ "localhost:2222:22", "'localhost'" },
		{ "10-5:20-15", "'10-5'" },
		{ "0-5:20-25", "'0-5'" },
		{ "1-5:20-25", "'1-5'" },
		{ "5:20-21", "'20-21'" },
		{ "unix::22", "''" },
		{ "unix:/x:22/udp", "'udp'" },
		{ "unix:/x:22-23", "'22-23'" },
	};

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		forwards_free(&forwards);
		ck_assert_msg(publish_option(&forwards, bad[i][0]) == -EINVAL,
			      "%s", bad[i][0]);
		log_expect(bad[i][1]);
		ck_assert_uint_eq(forwards.count, 0);
	}
}
END_TEST

START_TEST(the_part_of_qemus_that_is_wrong_is_marked)
{
	static const char *const bad[][2] = {
		{ "tcp:2222-22", "hostfwd=tcp:2222-22: not of the form" },
		{ "tcp::22", "hostfwd=tcp::22: not of the form" },
		{ "2222-:22", "hostfwd=2222-:22: not of the form" },
		{ "", "hostfwd=: not of the form" },
		{ "sctp::1-:22", "'sctp' is not a protocol" },
		{ "tcp:1.2.3.4:x-:22", "'x' is not a port" },
		{ "tcp::1-:1-5", "'1' are 1 ports, '1-5' are 5" },
		{ "tcp:a-b:1-:22", "'a-b' is not an address" },
		{ "tcp::1-x:22", "'x' is not an IPv4 address" },
		{ "unix:-:22", "'' is not a path" },
	};

	log_capture();
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		ck_assert_msg(hostfwd(bad[i][0]) == -EINVAL, "%s", bad[i][0]);
		log_expect(bad[i][1]);
	}
	ck_assert_uint_eq(forwards.count, 0);
}
END_TEST

static unsigned port_of(size_t i)
{
	const struct sockaddr_in *in = (const void *)&forwards.list[i].host;

	return ntohs(in->sin_port);
}

/* Opens the forwards in a child process with stderr in @log; its result. */
static int open_in_child(char *log, size_t size)
{
	int pipes[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		_exit(forwards_open(&forwards) < 0);
	}
	close(pipes[1]);
	n = read(pipes[0], log, size - 1);
	log[n < 0 ? 0 : n] = '\0';
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(a_free_port_is_picked_and_known)
{
	parse("0:22");
	ck_assert_int_eq(forwards_open(&forwards), 0);
	ck_assert_uint_gt(port_of(0), 0);
	ck_assert_int_ge(forwards.list[0].fd, 0);
	forwards_free(&forwards);
}
END_TEST

/* Asks for what this process holds, from another one. */
static void in_use(const char *text)
{
	struct sockaddr_in *in;
	struct forwards held;
	char log[512], pid[32], name[FORWARD_TEXT];
	unsigned port;

	parse(text);
	ck_assert_int_eq(forwards_open(&forwards), 0);
	held = forwards;
	port = port_of(0);
	memset(&forwards, 0, sizeof(forwards));
	parse(text);
	in = (void *)&forwards.list[0].host;
	if (in->sin_family != AF_UNIX)
		in->sin_port = htons((uint16_t)port);
	forward_host_text(&forwards.list[0], name);
	ck_assert_int_eq(open_in_child(log, sizeof(log)), 1);
	snprintf(pid, sizeof(pid), "test_forward (pid %d)", getpid());
	ck_assert_msg(strstr(log, pid), "%s", log);
	ck_assert_msg(strstr(log, name), "%s", log);
	ck_assert_msg(strstr(log, "Address already in use"), "%s", log);
	ck_assert_ptr_eq(strchr(log, '\n'), log + strlen(log) - 1);
	forwards_free(&held);
}

START_TEST(a_tcp_port_in_use_is_told_with_its_holder)
{
	in_use("0:22");
}
END_TEST

START_TEST(a_udp_port_in_use_is_told_with_its_holder)
{
	in_use("0:22/udp");
}
END_TEST

START_TEST(an_ipv6_port_in_use_is_told_with_its_holder)
{
	in_use("[::1]:0:22");
}
END_TEST

START_TEST(a_unix_socket_in_use_is_told_with_its_holder)
{
	char text[64];

	snprintf(text, sizeof(text), "unix:/tmp/minivmm-test-%d:22", getpid());
	in_use(text);
}
END_TEST

START_TEST(asking_twice_is_told)
{
	char log[512];
	struct sockaddr_in *in;

	parse("0:22");
	ck_assert_int_eq(forwards_open(&forwards), 0);
	ck_assert_int_eq(publish_option(&forwards, "0:23"), 0);
	in = (void *)&forwards.list[1].host;
	in->sin_port = htons((uint16_t)port_of(0));
	close(forwards.list[0].fd);
	forwards.list[0].fd = -1;
	ck_assert_int_eq(open_in_child(log, sizeof(log)), 1);
	ck_assert_msg(strstr(log, "asked for twice"), "%s", log);
	forwards_free(&forwards);
}
END_TEST

START_TEST(a_stale_unix_socket_is_replaced)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[150];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/minivmm-test-%d",
		 getpid());
	ck_assert_int_eq(bind(fd, (void *)&un, sizeof(un)), 0);
	close(fd);
	snprintf(text, sizeof(text), "unix:%s:22", un.sun_path);
	parse(text);
	ck_assert_int_eq(forwards_open(&forwards), 0);
	forwards_free(&forwards);
	ck_assert_int_lt(access(un.sun_path, F_OK), 0);
}
END_TEST

/* Another machine's, which has taken the place since. */
START_TEST(another_socket_in_its_place_stays)
{
	struct file_id other;
	char path[64], text[80];
	int fd;

	snprintf(path, sizeof(path), "/tmp/minivmm-test-%d", getpid());
	snprintf(text, sizeof(text), "unix:%s:22", path);
	parse(text);
	ck_assert_int_eq(forwards_open(&forwards), 0);
	unlink(path);
	fd = unix_listen(path, 1, &other);
	ck_assert_int_ge(fd, 0);
	forwards_free(&forwards);
	ck_assert_int_eq(access(path, F_OK), 0);
	file_id_unlink(&other, path);
	close(fd);
}
END_TEST

START_TEST(a_file_is_never_replaced)
{
	char path[64], text[100], log[512];
	int fd;

	snprintf(path, sizeof(path), "/tmp/minivmm-test-%d", getpid());
	fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	snprintf(text, sizeof(text), "unix:%s:22", path);
	parse(text);
	ck_assert_int_eq(open_in_child(log, sizeof(log)), 1);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	unlink(path);
	forwards_free(&forwards);
}
END_TEST

START_TEST(an_address_of_another_host_is_told)
{
	char log[512];

	parse("192.0.2.1:0:22");
	ck_assert_int_eq(open_in_child(log, sizeof(log)), 1);
	ck_assert_msg(strstr(log, "192.0.2.1:0"), "%s", log);
	ck_assert_msg(strstr(log, "assign"), "%s", log);
	forwards_free(&forwards);
}
END_TEST

/* As anybody but root. */
START_TEST(a_privileged_port_is_told)
{
	char log[512];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		parse("1:22");
		if (getuid() == 0 && setuid(65534) < 0)
			_exit(2);
		_exit(open_in_child(log, sizeof(log)) == 1 &&
				      strstr(log, "from 1024 on") ?
			      0 :
			      1);
	}
	waitpid(pid, &status, 0);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		forwards_are_parsed,
		qemus_forwards_are_parsed,
		the_part_that_is_wrong_is_marked,
		the_part_of_qemus_that_is_wrong_is_marked,
		a_free_port_is_picked_and_known,
		a_tcp_port_in_use_is_told_with_its_holder,
		a_udp_port_in_use_is_told_with_its_holder,
		an_ipv6_port_in_use_is_told_with_its_holder,
		a_unix_socket_in_use_is_told_with_its_holder,
		asking_twice_is_told,
		a_stale_unix_socket_is_replaced,
		another_socket_in_its_place_stays,
		a_file_is_never_replaced,
		an_address_of_another_host_is_told,
		a_privileged_port_is_told,
		NULL,
	};

	return unit_run(unit_suite("forward", tests));
}
