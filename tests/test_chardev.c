/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The back ends, with a small fake of a UART attached and this program as
 * the rest of the host.  What needs a terminal of its own is in test_term.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>

#include "tests/serial.h"
#include "tests/unit.h"
#include "vmm/util.h"

/* Long enough for the slowest machine, if all is well. */
#define PATIENT 20000

static struct serial line;

/* Makes @fd this process's @number, 0 to 2. */
static void become(int fd, int number)
{
	ck_assert_int_eq(dup2(fd, number), number);
	close(fd);
}

static void write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		ck_assert_int_gt((int)n, 0);
		p += n;
		len -= (size_t)n;
	}
}

/* Reads exactly @want. */
static void expect(int fd, const char *want)
{
	char got[256] = "";
	size_t n = 0;

	while (n < strlen(want)) {
		ssize_t k = read(fd, got + n, strlen(want) - n);

		ck_assert_int_gt((int)k, 0);
		n += (size_t)k;
	}
	ck_assert_str_eq(got, want);
}

static bool got_enough(void *arg)
{
	serial_drain(&line);
	return line.n_got >= *(const size_t *)arg;
}

/* Runs the loop until the guest has got @want and no more. */
static void guest_expect(const char *want)
{
	size_t n = strlen(want);

	serial_run_until(&line, got_enough, &n);
	line.got[line.n_got] = 0;
	ck_assert_str_eq((const char *)line.got, want);
	line.n_got = 0;
}

static void guest_says(const char *s)
{
	chardev_write(line.chardev, (const uint8_t *)s, strlen(s));
}

/* Runs the loop for a while and fails if it spins. */
static void expect_idle(void)
{
	struct timespec before, after;
	int64_t ms;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	serial_run_for_ms(&line, 300);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	ms = (after.tv_sec - before.tv_sec) * 1000 +
	     (after.tv_nsec - before.tv_nsec) / 1000000;
	ck_assert_int_lt(ms, 150);
}

/* A directory of this test's own. */
static const char *scratch(void)
{
	static char dir[] = "/tmp/minivmm-test-XXXXXX";
	static bool made;

	if (!made)
		ck_assert_ptr_nonnull(mkdtemp(dir));
	made = true;
	return dir;
}

static const char *path_in_scratch(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", scratch(), name);
	return path;
}

static void scratch_remove(void)
{
	rmdir(scratch());
}

static size_t slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	n = read(fd, buf, size - 1);
	ck_assert_int_ge((int)n, 0);
	buf[n] = 0;
	close(fd);
	return (size_t)n;
}

START_TEST(bad_back_ends_are_refused)
{
	static const struct {
		const char *spec, *log;
		int err;
	} cases[] = {
		{ "", NULL, -EINVAL },
		{ "stdout", NULL, -EINVAL },
		{ "file", NULL, -EINVAL },
		{ "file:", NULL, -EINVAL },
		{ "unix:", NULL, -EINVAL },
		{ "file:/nowhere/file", NULL, -ENOENT },
		{ "unix:/nowhere/socket", NULL, -ENOENT },
		{ "file:/tmp", NULL, -EISDIR },
		{ "none", "/nowhere/log", -ENOENT },
		{ "pty", "/nowhere/log", -ENOENT },
		{ "stdio", "/nowhere/log", -ENOENT },
	};
	struct chardev *chardev = NULL;
	char name[300] = "unix:/";

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_int_eq(chardev_open(&chardev, cases[i].spec,
					      cases[i].log, NULL),
				 cases[i].err);
	memset(name + 6, 'x', 200);
	ck_assert_int_eq(chardev_open(&chardev, name, NULL, NULL),
			 -ENAMETOOLONG);
	ck_assert_ptr_null(chardev);
	chardev_close(NULL, 0);
}
END_TEST

START_TEST(none)
{
	serial_start(&line, "none", NULL);
	guest_says("into the void");
	chardev_kick(line.chardev);
	serial_stop(&line, PATIENT);
}
END_TEST

START_TEST(a_file_is_emptied_and_filled)
{
	char spec[80], buf[64];

	snprintf(spec, sizeof(spec), "file:%s", path_in_scratch("out"));
	for (unsigned i = 0; i < 2; i++) {
		serial_start(&line, spec, NULL);
		guest_says("hello\r\n");
		serial_stop(&line, PATIENT);
		slurp(spec + 5, buf, sizeof(buf));
		ck_assert_str_eq(buf, "hello\r\n");
	}
	unlink(spec + 5);
	scratch_remove();
}
END_TEST

START_TEST(a_fifo_nobody_reads_is_refused)
{
	struct chardev *chardev;
	char spec[80];

	snprintf(spec, sizeof(spec), "file:%s", path_in_scratch("fifo"));
	ck_assert_int_eq(mkfifo(spec + 5, 0600), 0);
	ck_assert_int_eq(chardev_open(&chardev, spec, NULL, NULL), -ENXIO);
	unlink(spec + 5);
	scratch_remove();
}
END_TEST

/* "[   1.204331] ": one at the start of each line. */
static const char *skip_stamp(const char *s)
{
	unsigned s_, us;
	int len = -1;

	ck_assert_int_eq(sscanf(s, "[%4u.%6u] %n", &s_, &us, &len), 2);
	ck_assert_int_eq(s[0], '[');
	ck_assert_int_eq(s[5], '.');
	ck_assert_int_eq(s[12], ']');
	ck_assert_int_eq(s[13], ' ');
	return s + 14;
}

static const char *skip_text(const char *s, const char *want)
{
	ck_assert_msg(!strncmp(s, want, strlen(want)), "at \"%s\"", s);
	return s + strlen(want);
}

START_TEST(the_console_log_has_stamps)
{
	char path[64], buf[512];
	const char *s = buf;

	snprintf(path, sizeof(path), "%s", path_in_scratch("log"));
	serial_start(&line, "none", path);
	guest_says("one\r");
	guest_says("\ntwo\n\n50%\r100%\r\nend");
	serial_stop(&line, PATIENT);
	slurp(path, buf, sizeof(buf));
	s = skip_text(skip_stamp(s), "one\n");
	s = skip_text(skip_stamp(s), "two\n");
	s = skip_text(skip_stamp(s), "\n");
	s = skip_text(skip_stamp(s), "50%\r100%\n");
	s = skip_text(skip_stamp(s), "end");
	ck_assert_str_eq(s, "");
	unlink(path);
	scratch_remove();
}
END_TEST

/* Pipes as 0 and 1; the test's ends. */
static void stdio_on_pipes(int *to_guest, int *from_guest)
{
	int in[2], out[2];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	become(in[0], 0);
	become(out[1], 1);
	*to_guest = in[1];
	*from_guest = out[0];
}

START_TEST(stdio_on_two_pipes)
{
	int to, from, flags0, flags1;

	stdio_on_pipes(&to, &from);
	flags0 = fcntl(0, F_GETFL);
	flags1 = fcntl(1, F_GETFL);
	serial_start(&line, "stdio", NULL);
	write_all(to, "in\x01x\n", 5);
	/* Escapes are for terminals. */
	guest_expect("in\x01x\n");
	ck_assert_uint_eq(line.quits, 0);
	guest_says("out\n");
	expect(from, "out\n");
	ck_assert_int_eq(fcntl(0, F_GETFL), flags0);
	ck_assert_int_eq(fcntl(1, F_GETFL), flags1);
	expect_idle();
	serial_stop(&line, PATIENT);
	ck_assert_int_eq(fcntl(0, F_GETFL), flags0);
	ck_assert_int_eq(fcntl(1, F_GETFL), flags1);
}
END_TEST

START_TEST(end_of_file_is_not_the_end)
{
	int to, from;

	stdio_on_pipes(&to, &from);
	serial_start(&line, "stdio", NULL);
	write_all(to, "last", 4);
	close(to);
	guest_expect("last");
	expect_idle();
	guest_says("still here");
	expect(from, "still here");
	ck_assert_uint_eq(line.quits, 0);
	serial_stop(&line, PATIENT);
}
END_TEST

START_TEST(stdin_closed_or_null)
{
	int to, from;

	stdio_on_pipes(&to, &from);
	close(0);
	if (_i)
		ck_assert_int_eq(open("/dev/null", O_RDONLY), 0);
	serial_start(&line, "stdio", NULL);
	expect_idle();
	guest_says("fine");
	expect(from, "fine");
	serial_stop(&line, PATIENT);
}
END_TEST

START_TEST(stdout_closed)
{
	int to, from;
	char buf[16];

	stdio_on_pipes(&to, &from);
	close(1);
	serial_start(&line, "stdio", path_in_scratch("log"));
	guest_says("unheard");
	write_all(to, "heard", 5);
	guest_expect("heard");
	serial_stop(&line, PATIENT);
	/* The log, which got number 1, has nothing but what is its. */
	slurp(path_in_scratch("log"), buf, sizeof(buf));
	ck_assert_int_eq(buf[0], '[');
	unlink(path_in_scratch("log"));
	scratch_remove();
}
END_TEST

/* A file is read from where it stands, which others may rely on. */
START_TEST(stdin_is_a_file)
{
	FILE *file = tmpfile();

	fputs("skipped,read", file);
	fflush(file);
	lseek(fileno(file), 8, SEEK_SET);
	become(dup(fileno(file)), 0);
	serial_start(&line, "stdio", NULL);
	guest_expect("read");
	expect_idle();
	serial_stop(&line, PATIENT);
	fclose(file);
}
END_TEST

START_TEST(stdin_is_a_socket)
{
	int fds[2], flags;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	dup2(fds[0], 1);
	become(fds[0], 0);
	flags = fcntl(0, F_GETFL);
	serial_start(&line, "stdio", NULL);
	write_all(fds[1], "in", 2);
	guest_expect("in");
	guest_says("out");
	expect(fds[1], "out");
	ck_assert_int_eq(fcntl(0, F_GETFL), flags);
	expect_idle();
	serial_stop(&line, PATIENT);
}
END_TEST

static void *feed(void *arg)
{
	int fd = *(const int *)arg;
	char buf[1000];

	for (unsigned i = 0; i < SERIAL_GOT_MAX / sizeof(buf); i++) {
		for (unsigned k = 0; k < sizeof(buf); k++)
			buf[k] = (char)serial_pattern(i * sizeof(buf) + k);
		write_all(fd, buf, sizeof(buf));
	}
	return NULL;
}

/* The guest, on a thread of its own, is slower than who sends; and whenever
 * it reads, it has room for a few bytes more. */
static void *guest_reads(void *arg)
{
	const size_t *all = arg;
	size_t n = 0;

	while (n < *all) {
		n = serial_drain(&line);
		chardev_kick(line.chardev);
		usleep(20);
	}
	loop_quit(&line.loop);
	return NULL;
}

START_TEST(no_input_is_lost_to_a_slow_guest)
{
	size_t all = SERIAL_GOT_MAX / 1000 * 1000;
	pthread_t feeder, guest;
	int to, from;

	stdio_on_pipes(&to, &from);
	serial_start(&line, "stdio", NULL);
	pthread_create(&feeder, NULL, feed, &to);
	pthread_create(&guest, NULL, guest_reads, &all);
	loop_run(&line.loop);
	pthread_join(feeder, NULL);
	pthread_join(guest, NULL);
	ck_assert_uint_eq(line.n_got, all);
	for (size_t i = 0; i < all; i++)
		ck_assert_uint_eq(line.got[i], serial_pattern(i));
	serial_stop(&line, PATIENT);
}
END_TEST

START_TEST(input_waits_across_a_reset)
{
	int to, from;

	stdio_on_pipes(&to, &from);
	serial_start(&line, "stdio", NULL);
	write_all(to, "before", 6);
	guest_expect("before");
	chardev_attach(line.chardev, NULL);
	write_all(to, "between", 7);
	expect_idle();
	ck_assert_uint_eq(line.n_got, 0);
	serial_attach(&line);
	write_all(to, "after", 5);
	guest_expect("betweenafter");
	serial_stop(&line, PATIENT);
}
END_TEST

/* A reader of what the guest sends; slow, and never in the way. */
struct reader {
	pthread_t thread;
	int fd;
	size_t got, wrong;
};

static void *reader_run(void *arg)
{
	struct reader *reader = arg;
	uint8_t buf[4096];
	ssize_t n;

	while ((n = read(reader->fd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			reader->wrong +=
				buf[i] != serial_pattern(reader->got++);
		usleep(50);
	}
	return NULL;
}

static void send_1m(void)
{
	for (size_t i = 0; i < MIB; i++) {
		uint8_t c = serial_pattern(i);

		chardev_write(line.chardev, &c, 1);
	}
}

START_TEST(a_slow_reader_of_a_pipe)
{
	struct reader reader = { 0 };
	int to;

	stdio_on_pipes(&to, &reader.fd);
	serial_start(&line, "stdio", NULL);
	send_1m();
	pthread_create(&reader.thread, NULL, reader_run, &reader);
	serial_stop(&line, PATIENT);
	close(1);
	pthread_join(reader.thread, NULL);
	ck_assert_uint_eq(reader.got, MIB);
	ck_assert_uint_eq(reader.wrong, 0);
}
END_TEST

START_TEST(a_reader_that_does_not_read)
{
	int to, from;

	stdio_on_pipes(&to, &from);
	serial_start(&line, "stdio", NULL);
	send_1m();
	serial_stop(&line, 20);
}
END_TEST

/* Opens the slave whose name open_pty() was told on stderr. */
static int pty_client(const char *name)
{
	int fd = open(name, O_RDWR | O_NOCTTY);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void open_pty(char *name)
{
	int fds[2], saved = dup(2);
	char told[128] = "";

	ck_assert_int_eq(pipe(fds), 0);
	become(fds[1], 2);
	serial_start(&line, "pty", NULL);
	become(saved, 2);
	ck_assert_int_gt((int)read(fds[0], told, sizeof(told) - 1), 0);
	close(fds[0]);
	ck_assert_int_eq(sscanf(told, "minivmm: serial console: %63s", name),
			 1);
}

START_TEST(pty_both_ways)
{
	char name[64];
	int fd;

	open_pty(name);
	guest_says("before\r\n");
	expect_idle();
	fd = pty_client(name);
	expect(fd, "before\r\n");
	/* No echo, no line to finish. */
	write_all(fd, "x\x01x", 3);
	guest_expect("x\x01x");
	ck_assert_uint_eq(line.quits, 0);
	close(fd);
	expect_idle();
	guest_says("between");
	fd = pty_client(name);
	expect(fd, "between");
	write_all(fd, "y", 1);
	guest_expect("y");
	serial_stop(&line, PATIENT);
	close(fd);
}
END_TEST

START_TEST(a_slow_reader_of_a_pty)
{
	struct reader reader = { 0 };
	char name[64];

	open_pty(name);
	send_1m();
	reader.fd = pty_client(name);
	pthread_create(&reader.thread, NULL, reader_run, &reader);
	serial_stop(&line, PATIENT);
	pthread_join(reader.thread, NULL);
	ck_assert_uint_eq(reader.got, MIB);
	ck_assert_uint_eq(reader.wrong, 0);
}
END_TEST

START_TEST(nobody_at_the_pty)
{
	char name[64];

	open_pty(name);
	send_1m();
	/* Nobody to be patient with. */
	serial_stop(&line, 3600 * 1000);
}
END_TEST

START_TEST(a_pty_reader_that_does_not_read)
{
	char name[64];
	int fd;

	open_pty(name);
	fd = pty_client(name);
	send_1m();
	serial_stop(&line, 20);
	close(fd);
}
END_TEST

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
	Suite *suite = suite_create("chardev");
	TCase *tc = tcase_create("chardev");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, bad_back_ends_are_refused);
	tcase_add_test(tc, none);
	tcase_add_test(tc, a_file_is_emptied_and_filled);
	tcase_add_test(tc, a_fifo_nobody_reads_is_refused);
	tcase_add_test(tc, the_console_log_has_stamps);
	tcase_add_test(tc, stdio_on_two_pipes);
	tcase_add_test(tc, end_of_file_is_not_the_end);
	tcase_add_loop_test(tc, stdin_closed_or_null, 0, 2);
	tcase_add_test(tc, stdout_closed);
	tcase_add_test(tc, stdin_is_a_file);
	tcase_add_test(tc, stdin_is_a_socket);
	tcase_add_test(tc, no_input_is_lost_to_a_slow_guest);
	tcase_add_test(tc, input_waits_across_a_reset);
	tcase_add_test(tc, a_slow_reader_of_a_pipe);
	tcase_add_test(tc, a_reader_that_does_not_read);
	tcase_add_test(tc, pty_both_ways);
	tcase_add_test(tc, a_slow_reader_of_a_pty);
	tcase_add_test(tc, nobody_at_the_pty);
	tcase_add_test(tc, a_pty_reader_that_does_not_read);
	tcase_add_test(tc, unix_clients_one_after_the_other);
	tcase_add_test(tc, a_unix_client_that_only_listens);
	tcase_add_test(tc, a_slow_reader_of_a_socket);
	tcase_add_test(tc, a_unix_client_that_leaves_while_written_to);
	tcase_add_test(tc, a_stale_socket_is_replaced);
	tcase_add_test(tc, a_live_socket_and_a_file_are_not);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
