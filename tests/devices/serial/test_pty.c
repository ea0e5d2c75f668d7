/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "tests/serial.h"
#include "tests/unit.h"

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

int main(void)
{
	const TTest *const tests[] = {
		pty_both_ways,
		a_slow_reader_of_a_pty,
		nobody_at_the_pty,
		a_pty_reader_that_does_not_read,
		NULL,
	};

	return unit_run(unit_suite("pty", tests));
}
