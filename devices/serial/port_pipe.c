/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/port_pipe.h"

#include <string.h>
#include <unistd.h>

#include "base/bus.h"
#include "base/log.h"
#include "base/util.h"
#include "devices/serial/backend.h"

/* How many bytes are read ahead of what the ports have room for. */
#define AHEAD 256

/* Called with the lock held. */
static size_t take(struct port_pipe *p, uint8_t *to, size_t len)
{
	size_t n = MIN(len, p->count);
	size_t first = MIN(n, PORT_PIPE_WIDE - p->head);

	memcpy(to, p->fifo + p->head, first);
	memcpy(to + first, p->fifo, n - first);
	p->head = (unsigned)(p->head + n) % PORT_PIPE_WIDE;
	p->count -= (unsigned)n;
	return n;
}

/* The value of the second port. */
static uint64_t level(const struct port_pipe *p)
{
	if (p->ended && !p->count)
		return PORT_PIPE_ENDED;
	return MIN(p->count, PORT_PIPE_ROOM);
}

static uint64_t port_pipe_read(void *owner, uint64_t offset, unsigned size)
{
	struct port_pipe *p = owner;
	uint8_t byte = 0;

	(void)size;
	if (offset == 0) {
		port_pipe_take(p, &byte, 1);
		return byte;
	}
	pthread_mutex_lock(&p->lock);
	byte = (uint8_t)level(p);
	pthread_mutex_unlock(&p->lock);
	return byte;
}

static void port_pipe_write(void *owner, uint64_t offset, unsigned size,
			    uint64_t value)
{
	struct port_pipe *p = owner;

	(void)offset;
	(void)size;
	(void)value;
	if (p->written)
		p->written(p->arg);
}

static size_t room(void *arg)
{
	struct port_pipe *p = arg;
	size_t n;

	pthread_mutex_lock(&p->lock);
	n = p->room - p->count;
	pthread_mutex_unlock(&p->lock);
	return n;
}

/* Add @len bytes.  They are the last ones if the descriptor is at its end and
 * nothing waits in @input. */
static void receive(void *arg, const uint8_t *buf, size_t len)
{
	struct port_pipe *p = arg;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < len; i++)
		p->fifo[(p->head + p->count++) % PORT_PIPE_WIDE] = buf[i];
	p->ended = p->at_end && !input_waiting(&p->input);
	if (p->news)
		p->news(p->news_arg);
	pthread_mutex_unlock(&p->lock);
}

static void receive_break(void *arg)
{
	(void)arg;
}

static void ended(void *arg)
{
	struct port_pipe *p = arg;

	p->at_end = true;
	receive(p, NULL, 0);
}

static void widen(void *arg)
{
	struct port_pipe *p = arg;

	pthread_mutex_lock(&p->lock);
	p->room = PORT_PIPE_WIDE;
	pthread_mutex_unlock(&p->lock);
	p->input.ahead = INPUT_QUEUE;
	input_kick(&p->input);
}

void port_pipe_open(struct port_pipe *pipe)
{
	static const struct input_ops ops = { .ended = ended };
	const struct chardev_receiver receiver = { room, receive, receive_break,
						   pipe };

	*pipe = (struct port_pipe){ .fd = backend_open_stdin(isatty(0)),
				    .room = PORT_PIPE_ROOM,
				    .widen = { .fn = widen, .arg = pipe } };
	pthread_mutex_init(&pipe->lock, NULL);
	input_init(&pipe->input, AHEAD, &ops, pipe);
	input_attach(&pipe->input, &receiver);
}

void port_pipe_start(struct port_pipe *pipe, struct loop *loop)
{
	input_start(&pipe->input, loop);
	if (pipe->fd < 0)
		ended(pipe);
	else
		input_watch(&pipe->input, loop, pipe->fd);
}

void port_pipe_listen(struct port_pipe *pipe, void (*news)(void *arg),
		      void *arg)
{
	pthread_mutex_lock(&pipe->lock);
	pipe->news = news;
	pipe->news_arg = arg;
	pthread_mutex_unlock(&pipe->lock);
}

void port_pipe_widen(struct port_pipe *pipe)
{
	loop_post(pipe->input.loop, &pipe->widen);
}

size_t port_pipe_waiting(struct port_pipe *pipe)
{
	size_t n;

	pthread_mutex_lock(&pipe->lock);
	n = pipe->count;
	pthread_mutex_unlock(&pipe->lock);
	return n;
}

size_t port_pipe_take(struct port_pipe *pipe, uint8_t *to, size_t len)
{
	size_t n;

	pthread_mutex_lock(&pipe->lock);
	n = take(pipe, to, len);
	pthread_mutex_unlock(&pipe->lock);
	input_kick(&pipe->input);
	return n;
}

bool port_pipe_ended(struct port_pipe *pipe)
{
	bool ended;

	pthread_mutex_lock(&pipe->lock);
	ended = pipe->ended;
	pthread_mutex_unlock(&pipe->lock);
	return ended;
}

void port_pipe_close(struct port_pipe *pipe)
{
	input_unwatch(&pipe->input);
	input_free(&pipe->input);
	if (pipe->fd != STDIN_FILENO)
		close_fd(&pipe->fd);
	pipe->fd = -1;
}

/* The two ports of a machine. */
struct ports {
	struct bus_range range;
};

static const void *ports_instance(const void *config, unsigned i)
{
	const struct port_pipe_config *c = config;

	return i == 0 && c->pipe ? c : NULL;
}

static int ports_make(void *self, struct board *board, const void *config)
{
	static const struct bus_ops ops = { port_pipe_read, port_pipe_write,
					    1 };
	const struct port_pipe_config *c = config;
	struct ports *ports = self;
	int err;

	ports->range = (struct bus_range){ .base = c->base,
					   .len = 2,
					   .ops = &ops,
					   .owner = c->pipe,
					   .name = "job's input" };
	err = bus_add(board->port, &ports->range);
	if (err)
		log_err("--job: its input is at port 0x%x, where another "
			"device is: give that another port",
			c->base);
	return err;
}

static void ports_drop(void *self, struct board *board)
{
	struct ports *ports = self;

	bus_remove(board->port, &ports->range);
}

const struct part port_pipe_part = {
	.name = "job's input",
	.size = sizeof(struct ports),
	.instance = ports_instance,
	.make = ports_make,
	.drop = ports_drop,
};
