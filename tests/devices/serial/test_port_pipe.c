/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A job's input by two ports: not a byte lost or changed, then an end.
 */
#include "base/bus.h"
#include "devices/serial/port_pipe.h"
#include "tests/serial.h"
#include "tests/unit.h"

#define BASE 0x5e1

static struct bus bus;
static struct port_pipe job_pipe;
static size_t n_got, n_wanted;
static struct board board = { .port = &bus };
static const struct port_pipe_config config = { &job_pipe, BASE };
static void *ports;

static void plug(void)
{
	ports = calloc(1, port_pipe_part.size);
	ck_assert_ptr_nonnull(port_pipe_part.instance(&config, 0));
	ck_assert_ptr_null(port_pipe_part.instance(&config, 1));
	ck_assert_int_eq(port_pipe_part.make(ports, &board, &config), 0);
}

static void unplug(void)
{
	port_pipe_part.drop(ports, &board);
	free(ports);
}

static void set_up(int in)
{
	become(in, 0);
	memset(&line, 0, sizeof(line));
	ck_assert_int_eq(loop_init(&line.loop), 0);
	bus_init(&bus, "port");
	port_pipe_open(&job_pipe);
	plug();
	port_pipe_start(&job_pipe, &line.loop);
}

static void tear_down(void)
{
	unplug();
	port_pipe_close(&job_pipe);
	bus_free(&bus);
	loop_free(&line.loop);
}

/* The guest takes some of what is there. */
static bool takes_until_the_end(void *arg)
{
	unsigned n = (unsigned)bus_read(&bus, BASE + 1, 1);

	(void)arg;
	if (n == PORT_PIPE_ENDED)
		return true;
	for (unsigned i = 0; i < n && i < 100; i++)
		ck_assert_uint_eq(bus_read(&bus, BASE, 1),
				  serial_pattern(n_got++));
	return false;
}

static bool is_full(void *arg)
{
	(void)arg;
	return bus_read(&bus, BASE + 1, 1) == PORT_PIPE_ROOM;
}

static void *write_pattern(void *arg)
{
	int fd = *(int *)arg;

	for (size_t i = 0; i < n_wanted; i++) {
		uint8_t byte = serial_pattern(i);

		write_all(fd, &byte, 1);
	}
	close(fd);
	return NULL;
}

/* However far the writer is ahead. */
START_TEST(every_byte_and_the_end)
{
	static const size_t sizes[] = { 0,   1,	  PORT_PIPE_ROOM,
					255, 256, PORT_PIPE_ROOM + 256,
					511, 777, 70000 };
	size_t size = sizes[_i];
	pthread_t writer;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	set_up(fds[0]);
	n_wanted = size;
	ck_assert_int_eq(pthread_create(&writer, NULL, write_pattern, &fds[1]),
			 0);
	if (size > PORT_PIPE_ROOM)
		serial_run_until(&line, is_full, NULL);
	serial_run_until(&line, takes_until_the_end, NULL);
	ck_assert_uint_eq(n_got, size);
	/* Nothing more, and the end stays. */
	ck_assert_uint_eq(bus_read(&bus, BASE, 1), 0);
	ck_assert_uint_eq(bus_read(&bus, BASE + 1, 1), PORT_PIPE_ENDED);
	pthread_join(writer, NULL);
	tear_down();
}
END_TEST

/* As long as somebody may write there is no end. */
START_TEST(nothing_is_not_the_end)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	set_up(fds[0]);
	serial_run_for_ms(&line, 20);
	ck_assert_uint_eq(bus_read(&bus, BASE + 1, 1), 0);
	ck_assert_uint_eq(bus_read(&bus, BASE, 1), 0);
	/* What is written there goes nowhere. */
	bus_write(&bus, BASE, 1, 7);
	ck_assert_uint_eq(bus_read(&bus, BASE + 1, 1), 0);
	/* An access to both is one to each. */
	ck_assert_uint_eq(bus_read(&bus, BASE, 2), 0);
	tear_down();
}
END_TEST

START_TEST(a_closed_input_has_ended)
{
	int fd = open("/dev/null", O_RDONLY);

	ck_assert_int_ge(fd, 0);
	set_up(fd);
	unplug();
	port_pipe_close(&job_pipe);
	close(0);
	port_pipe_open(&job_pipe);
	plug();
	port_pipe_start(&job_pipe, &line.loop);
	ck_assert_uint_eq(bus_read(&bus, BASE + 1, 1), PORT_PIPE_ENDED);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const loops[] = {
		every_byte_and_the_end,
		NULL,
	};
	const TTest *const tests[] = {
		nothing_is_not_the_end,
		a_closed_input_has_ended,
		NULL,
	};
	Suite *suite = suite_create("port_pipe");

	unit_add(suite, loops, 9, NULL, NULL);
	unit_add(suite, tests, 1, NULL, NULL);
	return unit_run(suite);
}
