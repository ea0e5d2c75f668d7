/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --serial stdio on all but a terminal, which has test_term.c
 */
#include <sys/socket.h>

#include "tests/serial.h"
#include "tests/unit.h"

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
	char buf[64];

	become(open("/dev/null", O_RDONLY), 0);
	close(1);
	serial_start(&line, "stdio", path_in_scratch("log"));
	guest_says("unheard");
	serial_stop(&line, PATIENT);
	/* The log, which got number 1, has nothing but what is its. */
	slurp(path_in_scratch("log"), buf, sizeof(buf));
	ck_assert_str_eq(skip_stamp(buf), "unheard");
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
	size_t all = SERIAL_GOT_MAX / 1000 * 1000, wrong = 0;
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
		wrong += line.got[i] != serial_pattern(i);
	ck_assert_uint_eq(wrong, 0);
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

int main(void)
{
	const TTest *const tests[] = {
		stdio_on_two_pipes,
		end_of_file_is_not_the_end,
		stdout_closed,
		stdin_is_a_file,
		stdin_is_a_socket,
		no_input_is_lost_to_a_slow_guest,
		input_waits_across_a_reset,
		a_slow_reader_of_a_pipe,
		a_reader_that_does_not_read,
		NULL,
	};
	const TTest *const loops[] = {
		stdin_closed_or_null,
		NULL,
	};
	Suite *suite = suite_create("stdio");

	unit_add(suite, tests, 1, NULL, NULL);
	unit_add(suite, loops, 2, NULL, NULL);
	return unit_run(suite);
}
