/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/input.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/util.h"

/* How many bytes are read, or passed on, at once. */
#define INPUT_PIECE INPUT_QUEUE

static size_t room(struct input *input)
{
	size_t n;

	if (!input->attached)
		return 0;
	__atomic_store_n(&input->waiting, true, __ATOMIC_RELAXED);
	n = input->receiver.room(input->receiver.arg);
	if (n)
		__atomic_store_n(&input->waiting, false, __ATOMIC_RELAXED);
	return n;
}

/* How many entries wait, in both queues. */
static size_t waiting(const struct input *input)
{
	return input->to_send - input->sent + input->count;
}

static uint16_t first(const struct input *input)
{
	return input->sent < input->to_send ? input->sends[input->sent] :
					      input->queue[input->head];
}

static void drop_first(struct input *input)
{
	if (input->sent < input->to_send) {
		input->sent++;
		return;
	}
	input->head = (input->head + 1) % INPUT_QUEUE;
	input->count--;
}

/* Pass on the bytes up to the next BREAK, at most @max. */
static void give_bytes(struct input *input, size_t max)
{
	uint8_t buf[INPUT_PIECE];
	size_t n = 0;

	max = MIN(max, sizeof(buf));
	while (n < max && waiting(input) && first(input) != INPUT_BREAK) {
		buf[n++] = (uint8_t)first(input);
		drop_first(input);
	}
	input->receiver.receive(input->receiver.arg, buf, n);
}

/* Pass on as much as there is room for. */
static void give(struct input *input)
{
	size_t max;

	while (waiting(input) && (max = room(input))) {
		if (first(input) != INPUT_BREAK) {
			give_bytes(input, max);
			continue;
		}
		drop_first(input);
		input->receiver.receive_break(input->receiver.arg);
	}
}

/* Watch the descriptor, or stop watching it. */
static void set_events(struct input *input)
{
	bool read = input->count < input->ahead && !input->suspended;

	input->source.events = read ? POLLIN : 0;
}

static void put(struct input *input, const uint8_t *buf, size_t len)
{
	uint16_t entries[INPUT_PIECE];
	size_t n = len;

	if (input->ops->filter)
		n = input->ops->filter(input->arg, buf, len, entries);
	else
		for (size_t i = 0; i < len; i++)
			entries[i] = buf[i];
	for (size_t i = 0; i < n; i++) {
		size_t tail = (input->head + input->count) % INPUT_QUEUE;

		input->queue[tail] = entries[i];
		input->count++;
	}
}

/* read(2) that does not wait, even on a socket, whose flags may be shared and
 * which cannot be opened again. */
static ssize_t take(int fd, uint8_t *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, MSG_DONTWAIT);

	if (n < 0 && errno == ENOTSOCK)
		n = read(fd, buf, len);
	return n;
}

/* Ask the back end whether to read, and stop reading if not. */
static bool allowed(struct input *input)
{
	if (!input->ops->may_read || input->ops->may_read(input->arg))
		return true;
	input->suspended = true;
	set_events(input);
	return false;
}

/* Whether to try again after a read failed with @error.  A terminal gives EIO
 * to a process that has just gone into the background. */
static bool transient(struct input *input, int error)
{
	if (error == EIO)
		return !allowed(input);
	return error == EAGAIN || error == EINTR;
}

static void ready(void *arg, short revents)
{
	struct input *input = arg;
	uint8_t buf[INPUT_PIECE];
	size_t len = MIN(sizeof(buf), input->ahead - input->count);
	ssize_t n;

	(void)revents;
	/* set_events() makes sure of that. */
	assert(len > 0);
	if (!allowed(input))
		return;
	n = take(input->source.fd, buf, len);
	if (n < 0 && transient(input, errno))
		return;
	if (n <= 0) {
		input_unwatch(input);
		if (input->ops->ended)
			input->ops->ended(input->arg);
		return;
	}
	put(input, buf, (size_t)n);
	give(input);
	set_events(input);
}

static void kicked(void *arg)
{
	struct input *input = arg;

	give(input);
	set_events(input);
}

void input_init(struct input *input, size_t ahead, const struct input_ops *ops,
		void *arg)
{
	*input = (struct input){ .ops = ops, .arg = arg, .ahead = ahead };
	input->source = (struct loop_fd){ .ready = ready, .arg = input };
	input->kick = (struct loop_work){ .fn = kicked, .arg = input };
}

const struct input_ops input_none = { 0 };

void input_start(struct input *input, struct loop *loop)
{
	input->loop = loop;
}

void input_free(struct input *input)
{
	free(input->sends);
	input->sends = NULL;
	input->sent = input->to_send = 0;
}

/* Room for @n more entries to send; NULL when out of memory. */
static uint16_t *send_room(struct input *input, size_t n)
{
	size_t left = input->to_send - input->sent;
	uint16_t *sends = malloc((left + n) * sizeof(*sends));

	if (!sends)
		return NULL;
	if (left)
		memcpy(sends, input->sends + input->sent,
		       left * sizeof(*sends));
	free(input->sends);
	input->sends = sends;
	input->sent = 0;
	input->to_send = left + n;
	return sends + left;
}

bool input_waiting(const struct input *input)
{
	return waiting(input);
}

int input_send(struct input *input, const uint8_t *buf, size_t len)
{
	uint16_t *entries = send_room(input, len);

	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		entries[i] = buf[i];
	kicked(input);
	return 0;
}

int input_send_break(struct input *input)
{
	uint16_t *entry = send_room(input, 1);

	if (!entry)
		return -ENOMEM;
	*entry = INPUT_BREAK;
	kicked(input);
	return 0;
}

void input_watch(struct input *input, struct loop *loop, int fd)
{
	input->loop = loop;
	input->source.fd = fd;
	set_events(input);
	loop_add(loop, &input->source);
}

void input_unwatch(struct input *input)
{
	if (input->source.added)
		loop_remove(input->loop, &input->source);
}

void input_resume(struct input *input)
{
	input->suspended = false;
	set_events(input);
}

void input_attach(struct input *input, const struct chardev_receiver *receiver)
{
	input->attached = receiver;
	if (!receiver)
		return;
	input->receiver = *receiver;
	kicked(input);
}

void input_kick(struct input *input)
{
	if (__atomic_load_n(&input->waiting, __ATOMIC_RELAXED))
		loop_post(input->loop, &input->kick);
}
