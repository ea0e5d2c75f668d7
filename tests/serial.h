/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * serial.h - a chardev, a loop and a fake UART with room for 16 bytes
 */
#ifndef TESTS_SERIAL_H
#define TESTS_SERIAL_H

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "devices/serial/chardev.h"
#include "vmm/loop.h"
#include "vmm/util.h"

#define SERIAL_ROOM    16
#define SERIAL_GOT_MAX 100000

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
	const struct chardev_user user = { serial_quit, serial };

	memset(serial, 0, sizeof(*serial));
	pthread_mutex_init(&serial->lock, NULL);
	ck_assert_int_eq(chardev_open(&serial->chardev, spec, log_path, &user),
			 0);
	ck_assert_int_eq(loop_init(&serial->loop), 0);
	serial_attach(serial);
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

#endif
