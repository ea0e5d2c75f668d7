/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/serial.h"
#include "tests/unit.h"

static int client(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(addr.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(
		connect(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void open_unix(char *path)
{
	char spec[80];

	snprintf(path, 64, "%s", path_in_scratch("socket"));
	snprintf(spec, sizeof(spec), "unix:%s", path);
	serial_start(&line, spec, NULL);
}

static bool readable(void *arg)
{
	struct pollfd pfd = { .fd = *(const int *)arg, .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

/* Reads exactly @want while the loop runs. */
static void client_expect(int fd, const char *want)
{
	serial_run_until(&line, readable, &fd);
	expect(fd, want);
}

static void close_unix(const char *path)
{
	serial_stop(&line, PATIENT);
	ck_assert_int_eq(access(path, F_OK), -1);
	scratch_remove();
}

START_TEST(unix_clients_one_after_the_other)
{
	char path[64];
	int a, b;

	open_unix(path);
	guest_says("before");
	a = client(path);
	client_expect(a, "before");
	write_all(a, "hello", 5);
	guest_expect("hello");
	guest_says("back");
	client_expect(a, "back");
	/* The second waits for its turn. */
	b = client(path);
	write_all(b, "second", 6);
	expect_idle();
	ck_assert_uint_eq(line.n_got, 0);
	write_all(a, "bye", 3);
	close(a);
	guest_expect("byesecond");
	guest_says("to the second");
	client_expect(b, "to the second");
	close(b);
	expect_idle();
	guest_says("between");
	a = client(path);
	client_expect(a, "between");
	guest_says("last words");
	close_unix(path);
	expect(a, "last words");
	close(a);
}
END_TEST

START_TEST(a_unix_client_that_only_listens)
{
	char path[64];
	int a, b;

	open_unix(path);
	a = client(path);
	write_all(a, "go", 2);
	shutdown(a, SHUT_WR);
	guest_expect("go");
	expect_idle();
	guest_says("answer");
	client_expect(a, "answer");
	/* That it has gone is noticed while nothing is said. */
	close(a);
	b = client(path);
	write_all(b, "next", 4);
	guest_expect("next");
	expect_idle();
	close(b);
	close_unix(path);
}
END_TEST

START_TEST(a_slow_reader_of_a_socket)
{
	struct reader reader = { 0 };
	char path[64];

	open_unix(path);
	reader.fd = client(path);
	serial_run_for_ms(&line, 10);
	send_1m();
	pthread_create(&reader.thread, NULL, reader_run, &reader);
	close_unix(path);
	pthread_join(reader.thread, NULL);
	ck_assert_uint_eq(reader.got, MIB);
	ck_assert_uint_eq(reader.wrong, 0);
}
END_TEST

START_TEST(a_unix_client_that_leaves_while_written_to)
{
	char path[64];
	int a;

	open_unix(path);
	a = client(path);
	serial_run_for_ms(&line, 10);
	send_1m();
	close(a);
	serial_run_for_ms(&line, 10);
	a = client(path);
	serial_run_until(&line, readable, &a);
	close(a);
	close_unix(path);
}
END_TEST

/* A socket bound to @path; listening or not. */
static int old_socket(const char *path, bool live)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(addr.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&addr, sizeof(addr)),
			 0);
	if (live)
		ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(a_stale_socket_is_replaced)
{
	char path[64];
	int fd;

	close(old_socket(path_in_scratch("socket"), false));
	open_unix(path);
	fd = client(path);
	write_all(fd, "x", 1);
	guest_expect("x");
	close(fd);
	close_unix(path);
}
END_TEST

START_TEST(a_live_socket_and_a_file_are_not)
{
	struct chardev *chardev;
	char path[64], spec[80];
	int fd;

	snprintf(path, sizeof(path), "%s", path_in_scratch("socket"));
	snprintf(spec, sizeof(spec), "unix:%s", path);
	fd = old_socket(path, true);
	ck_assert_int_eq(chardev_open(&chardev, spec, NULL, NULL), -EADDRINUSE);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_eq(chardev_open(&chardev, spec, NULL, NULL), -EEXIST);
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	unlink(path);
	scratch_remove();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		unix_clients_one_after_the_other,
		a_unix_client_that_only_listens,
		a_slow_reader_of_a_socket,
		a_unix_client_that_leaves_while_written_to,
		a_stale_socket_is_replaced,
		a_live_socket_and_a_file_are_not,
		NULL,
	};

	return unit_run(unit_suite("socket", tests));
}
