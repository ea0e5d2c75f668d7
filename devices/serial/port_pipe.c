/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/port_pipe.h"

#include <unistd.h>

#include "base/bus.h"
#include "base/log.h"
#include "base/util.h"
#include "devices/serial/backend.h"

/* Read ahead of what the ports have room for, in bytes. */
#define AHEAD 256

static uint64_t take_byte(struct port_pipe *p)
{
	uint8_t byte;

	if (!p->count)
		return 0;
	byte = p->fifo[p->head];
	p->head = (p->head + 1) % PORT_PIPE_ROOM;
	p->count--;
	return byte;
}

static uint64_t port_pipe_read(void *owner, uint64_t offset, unsigned size)
{
	struct port_pipe *p = owner;
	uint64_t value;

	(void)size;
	pthread_mutex_lock(&p->lock);
	if (offset == 0)
		value = take_byte(p);
	else
		value = p->ended && !p->count ? PORT_PIPE_ENDED : p->count;
	pthread_mutex_unlock(&p->lock);
	if (offset == 0)
		input_kick(&p->input);
	return value;
}

static void port_pipe_write(void *owner, uint64_t offset, unsigned size,
			    uint64_t value)
{
	(void)owner;
	(void)offset;
	(void)size;
	(void)value;
}

static size_t room(void *arg)
{
	struct port_pipe *p = arg;
	size_t n;

	pthread_mutex_lock(&p->lock);
	n = PORT_PIPE_ROOM - p->count;
	pthread_mutex_unlock(&p->lock);
	return n;
}

/* Adds @len bytes; the last of all are known by what waits before them. */
static void receive(void *arg, const uint8_t *buf, size_t len)
{
	struct port_pipe *p = arg;

	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < len; i++)
		p->fifo[(p->head + p->count++) % PORT_PIPE_ROOM] = buf[i];
	p->ended = p->at_end && !input_waiting(&p->input);
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

void port_pipe_open(struct port_pipe *pipe)
{
	static const struct input_ops ops = { .ended = ended };
	const struct chardev_receiver receiver = { room, receive, receive_break,
						   pipe };

	*pipe = (struct port_pipe){ .fd = backend_open_stdin(false) };
	pthread_mutex_init(&pipe->lock, NULL);
	input_init(&pipe->input, AHEAD, &ops, pipe);
	input_attach(&pipe->input, &receiver);
}

void port_pipe_start(struct port_pipe *pipe, struct loop *loop)
{
	if (pipe->fd < 0)
		ended(pipe);
	else
		input_watch(&pipe->input, loop, pipe->fd);
}

void port_pipe_close(struct port_pipe *pipe)
{
	input_unwatch(&pipe->input);
	input_free(&pipe->input);
	if (pipe->fd != STDIN_FILENO)
		close_fd(&pipe->fd);
	pipe->fd = -1;
}

/* A machine's ports to it. */
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
