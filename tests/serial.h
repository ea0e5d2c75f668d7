/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial.h - one serial line: a chardev, a loop and a fake UART with room for
 * 16 bytes, and what the tests of every back end do with them
 */
#ifndef TESTS_SERIAL_H
#define TESTS_SERIAL_H

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/util.h"
#include "devices/serial/chardev.h"

#define SERIAL_ROOM    16
#define SERIAL_GOT_MAX 100000

/* Long enough for the slowest machine, if all is well. */
#define PATIENT 20000

/* What the fake notes down for a BREAK. */
#define SERIAL_BREAK '#'

struct serial {
	struct chardev *chardev;
	struct loop loop;
	unsigned quits;
	pthread_mutex_t lock;
	/* Received and not yet read by the guest; read. */
	uint8_t fifo[SERIAL_ROOM];
	size_t n_fifo;
	uint8_t got[SERIAL_GOT_MAX + 1];
	size_t n_got;
	/* serial_run_until() */
	struct loop_timer timer;
	bool (*done)(void *arg);
	void *done_arg;
};

/* Every test runs in a process of its own. */
static struct serial line;

/* A byte of a stream in which every loss or exchange shows. */
static inline uint8_t serial_pattern(size_t pos)
{
	return (uint8_t)(pos * 31 + (pos >> 8) * 7 + (pos >> 16));
}

static inline size_t serial_room(void *arg)
{
	struct serial *serial = arg;
	size_t room;

	pthread_mutex_lock(&serial->lock);
	room = SERIAL_ROOM - serial->n_fifo;
	pthread_mutex_unlock(&serial->lock);
	return room;
}

static inline void serial_receive(void *arg, const uint8_t *buf, size_t len)
{
	struct serial *serial = arg;

	pthread_mutex_lock(&serial->lock);
	ck_assert_uint_le(serial->n_fifo + len, SERIAL_ROOM);
	memcpy(serial->fifo + serial->n_fifo, buf, len);
	serial->n_fifo += len;
	pthread_mutex_unlock(&serial->lock);
}

static inline void serial_receive_break(void *arg)
{
	const uint8_t c = SERIAL_BREAK;

	serial_receive(arg, &c, 1);
}

/* The guest reads what is there; returns how much it has got so far. */
static inline size_t serial_drain(struct serial *serial)
{
	size_t n;

	pthread_mutex_lock(&serial->lock);
	n = serial->n_fifo;
	ck_assert_uint_le(serial->n_got + n, SERIAL_GOT_MAX);
	memcpy(serial->got + serial->n_got, serial->fifo, n);
	serial->n_got += n;
	serial->n_fifo = 0;
	n = serial->n_got;
	pthread_mutex_unlock(&serial->lock);
	chardev_kick(serial->chardev);
	return n;
}

static inline void serial_attach(struct serial *serial)
{
	const struct chardev_receiver receiver = {
		.room = serial_room,
		.receive = serial_receive,
		.receive_break = serial_receive_break,
		.arg = serial,
	};

	chardev_attach(serial->chardev, &receiver);
}

static inline void serial_quit(void *arg)
{
	struct serial *serial = arg;

	serial->quits++;
}

static inline void serial_start(struct serial *serial, const char *spec,
				const char *log_path)
{
	const struct chardev_user user = { .quit = serial_quit,
					   .escape = 1,
					   .arg = serial,
					   .start_ns = now_ns() };

	memset(serial, 0, sizeof(*serial));
	pthread_mutex_init(&serial->lock, NULL);
	ck_assert_int_eq(chardev_open(&serial->chardev, spec, log_path, &user),
			 0);
	ck_assert_int_eq(loop_init(&serial->loop), 0);
	serial_attach(serial);
	ck_assert_int_eq(chardev_start_output(serial->chardev), 0);
	chardev_start(serial->chardev, &serial->loop);
}

static inline void serial_stop(struct serial *serial, unsigned patience_ms)
{
	chardev_attach(serial->chardev, NULL);
	chardev_close(serial->chardev, patience_ms);
	loop_free(&serial->loop);
	pthread_mutex_destroy(&serial->lock);
}

/* Looks every millisecond. */
static inline void serial_look(void *arg)
{
	struct serial *serial = arg;

	if (serial->done(serial->done_arg))
		loop_quit(&serial->loop);
	else
		loop_arm(&serial->loop, &serial->timer, now_ns() + 1000000);
}

/* Runs the loop until @done(@arg). */
static inline void serial_run_until(struct serial *serial,
				    bool (*done)(void *arg), void *arg)
{
	serial->timer =
		(struct loop_timer){ .expired = serial_look, .arg = serial };
	serial->done = done;
	serial->done_arg = arg;
	loop_arm(&serial->loop, &serial->timer, now_ns());
	loop_run(&serial->loop);
}

static inline void serial_time_up(void *arg)
{
	loop_quit(arg);
}

/* Runs the loop for so long, and without a wake-up of its own. */
static inline void serial_run_for_ms(struct serial *serial, unsigned ms)
{
	serial->timer = (struct loop_timer){ .expired = serial_time_up,
					     .arg = &serial->loop };
	loop_arm(&serial->loop, &serial->timer,
		 now_ns() + ms * UINT64_C(1000000));
	loop_run(&serial->loop);
}

/* Makes @fd this process's @number, 0 to 2. */
static inline void become(int fd, int number)
{
	ck_assert_int_eq(dup2(fd, number), number);
	close(fd);
}

static inline void write_all(int fd, const void *buf, size_t len)
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
static inline void expect(int fd, const char *want)
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

static inline bool got_enough(void *arg)
{
	serial_drain(&line);
	return line.n_got >= *(const size_t *)arg;
}

/* Runs the loop until the guest has got @want and no more. */
static inline void guest_expect(const char *want)
{
	size_t n = strlen(want);

	serial_run_until(&line, got_enough, &n);
	line.got[line.n_got] = 0;
	ck_assert_str_eq((const char *)line.got, want);
	line.n_got = 0;
}

static inline void guest_says(const char *s)
{
	chardev_write(line.chardev, (const uint8_t *)s, strlen(s));
}

/* Whether the loop would sleep now: no descriptor it watches is ready. */
static inline bool loop_sleeps(void *arg)
{
	(void)arg;
	for (const struct loop_fd *s = line.loop.fds; s; s = s->next) {
		struct pollfd pfd = { .fd = s->fd, .events = s->events };

		if (s->events && poll(&pfd, 1, 0) != 0)
			return false;
	}
	return true;
}

/* Runs the loop for a while, and then until it sleeps: one that spins never
 * does, nor does one with a timer of its own. */
static inline void expect_idle(void)
{
	serial_run_for_ms(&line, 20);
	serial_run_until(&line, loop_sleeps, NULL);
	ck_assert_ptr_null(line.loop.timers);
}

/* A directory of this test's own. */
static inline const char *scratch(void)
{
	static char dir[] = "/tmp/minivmm-test-XXXXXX";
	static bool made;

	if (!made)
		ck_assert_ptr_nonnull(mkdtemp(dir));
	made = true;
	return dir;
}

static inline const char *path_in_scratch(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", scratch(), name);
	return path;
}

static inline void scratch_remove(void)
{
	rmdir(scratch());
}

static inline size_t slurp(const char *path, char *buf, size_t size)
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

/* "[   1.204331] ": one at the start of each line. */
static inline const char *skip_stamp(const char *s)
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

/* A reader of what the guest sends; slow, and never in the way. */
struct reader {
	pthread_t thread;
	int fd;
	size_t got, wrong;
};

static inline void *reader_run(void *arg)
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

static inline void send_1m(void)
{
	for (size_t i = 0; i < MIB; i++) {
		uint8_t c = serial_pattern(i);

		chardev_write(line.chardev, &c, 1);
	}
}

#endif
