/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * input.h - from a descriptor to the attached UART, losing nothing
 *
 * Reads ahead into a queue and hands it on as the UART has room.  A full
 * queue stops the reading, so whoever writes at the other end waits; what
 * ends (end of file, error) is read no more.
 *
 * Threads: the loop's, but for input_kick().
 */
#ifndef DEVICES_SERIAL_INPUT_H
#define DEVICES_SERIAL_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/loop.h"
#include "devices/serial/chardev.h"

#define INPUT_QUEUE 4096

/* A queue entry that is no byte. */
#define INPUT_BREAK 0x100

/* What a back end may add; each may be NULL. */
struct input_ops {
	/* Whether reading is in order now; if not, reading stops until
	 * input_resume(). */
	bool (*may_read)(void *arg);
	/* Turn @len bytes read into at most as many queue entries; returns
	 * how many. */
	size_t (*filter)(void *arg, const uint8_t *buf, size_t len,
			 uint16_t *out);
	/* The descriptor's input is at its end; it is watched no more. */
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
	/* Set: receiver is valid. */
	bool attached;
	struct chardev_receiver receiver;
	/*
	 * The queue waits for room.  Stored by the loop's thread before it
	 * asks for the room, loaded by input_kick() after room was made;
	 * the lock under which the receiver keeps its room orders the two,
	 * so one of them sees the other's news.  Relaxed therefore.
	 */
	bool waiting;
	size_t head, count;
	uint16_t queue[INPUT_QUEUE];
	/* What goes first: entries from @sent to @to_send. */
	uint16_t *sends;
	size_t sent, to_send;
};

/* For a back end without input. */
extern const struct input_ops input_none;

/* @ops and what they use must stay; up to @ahead bytes are read before the
 * UART takes them. */
void input_init(struct input *input, size_t ahead, const struct input_ops *ops,
		void *arg);

/* Calls are made on @loop from now on. */
void input_start(struct input *input, struct loop *loop);

/* Drop what was not sent. */
void input_free(struct input *input);

/* See chardev_send(). */
int input_send(struct input *input, const uint8_t *buf, size_t len);
int input_send_break(struct input *input);

/* See chardev_waiting(). */
bool input_waiting(const struct input *input);

/* Start to read @fd, which stays the caller's; one at a time. */
void input_watch(struct input *input, struct loop *loop, int fd);

/* Stop reading; fine when nothing is read. */
void input_unwatch(struct input *input);

/* may_read() would answer otherwise now. */
void input_resume(struct input *input);

/* See chardev_attach(). */
void input_attach(struct input *input, const struct chardev_receiver *receiver);

/* See chardev_kick().  Any thread. */
void input_kick(struct input *input);

#endif
