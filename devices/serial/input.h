/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.h - passes input from a descriptor to the attached UART, without loss
 *
 * It reads ahead into a queue, and passes bytes on as the UART has room.  While
 * the queue is full nothing is read, so the writer at the other end waits.
 * After the end of file or an error, nothing more is read.
 *
 * Threads: the loop's, except for input_kick().
 */
#ifndef DEVICES_SERIAL_INPUT_H
#define DEVICES_SERIAL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "devices/serial/chardev.h"

#define INPUT_QUEUE 4096

/* A queue entry that is not a byte. */
#define INPUT_BREAK 0x100

/* Functions that a back end may add; each may be NULL. */
struct input_ops {
	/* Whether input may be read now.  If not, nothing is read until
	 * input_resume(). */
	bool (*may_read)(void *arg);
	/* Turn the @len bytes that were read into at most as many queue
	 * entries.  Returns how many. */
	size_t (*filter)(void *arg, const uint8_t *buf, size_t len,
			 uint16_t *out);
	/* The descriptor's input has ended, and it is no longer watched. */
	void (*ended)(void *arg);
};

struct input {
	struct loop *loop;
	struct loop_fd source;
	struct loop_work kick;
	const struct input_ops *ops;
	void *arg;
	/* Most entries to read ahead, up to INPUT_QUEUE. */
	size_t ahead;
	/* Reading is stopped by may_read(). */
	bool suspended;
	/* @receiver is valid. */
	bool attached;
	struct chardev_receiver receiver;
	/*
	 * The queue waits for room.  The loop's thread stores this before it
	 * asks for the room; input_kick() loads it after room was made.  The
	 * receiver's lock, which protects that room, orders the two, so at
	 * least one thread sees what the other did.  So relaxed accesses
	 * suffice.
	 */
	bool waiting;
	size_t head, count;
	uint16_t queue[INPUT_QUEUE];
	/* Entries that go first: those from @sent to @to_send. */
	uint16_t *sends;
	size_t sent, to_send;
};

/* For a back end without input. */
extern const struct input_ops input_none;

/* @ops and what they use must outlive @input.  Up to @ahead bytes are read
 * before the UART takes them. */
void input_init(struct input *input, size_t ahead, const struct input_ops *ops,
		void *arg);

/* Calls are made on @loop from now on. */
void input_start(struct input *input, struct loop *loop);

/* Drop all input that still waits to be sent. */
void input_free(struct input *input);

/* See chardev_send(). */
int input_send(struct input *input, const uint8_t *buf, size_t len);
int input_send_break(struct input *input);

/* See chardev_waiting(). */
bool input_waiting(const struct input *input);

/* Start to read @fd, which stays the caller's.  Only one descriptor at a
 * time. */
void input_watch(struct input *input, struct loop *loop, int fd);

/* Stop reading; fine when nothing is read. */
void input_unwatch(struct input *input);

/* The answer of may_read() has changed. */
void input_resume(struct input *input);

/* See chardev_attach(). */
void input_attach(struct input *input, const struct chardev_receiver *receiver);

/* See chardev_kick().  Any thread. */
void input_kick(struct input *input);

#endif
