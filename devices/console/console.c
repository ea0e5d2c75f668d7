/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/console/console.h"

#include <errno.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/* Other communication controller. */
#define CONSOLE_CLASS 0x078000

static struct console *to_console(struct virtio_device *dev)
{
	return (struct console *)dev;
}

/* The port of a queue that is not for control. */
static struct console_port *port_of(struct console *c, unsigned index)
{
	return &c->port[index < CONSOLE_CONTROL_RX ? 0 : index / 2 - 1];
}

static enum worker_turn serve(struct virtio_device *dev, unsigned index)
{
	struct console *c = to_console(dev);

	if (index == CONSOLE_CONTROL_RX)
		return console_tell(c);
	if (index == CONSOLE_CONTROL_TX)
		return console_hear(c);
	if (index % 2)
		return console_send(port_of(c, index));
	return console_receive(port_of(c, index));
}

/* 5.3.5.1: without MULTIPORT there is one port, and it is always open. */
static bool queue_taken(struct virtio_device *dev, unsigned index)
{
	struct console *c = to_console(dev);

	c->running |= BIT(index);
	if (index == 0 && c->port[0].end &&
	    !virtio_has(dev, VIRTIO_CONSOLE_F_MULTIPORT)) {
		console_look_size(c);
		console_set_open(&c->port[0], true);
	}
	return true;
}

static bool is_data_tx(unsigned index)
{
	return index % 2 && index != CONSOLE_CONTROL_TX;
}

static bool queue_returned(struct virtio_device *dev, unsigned index)
{
	struct console *c = to_console(dev);

	if (is_data_tx(index))
		console_send_rest(port_of(c, index));
	c->running &= ~BIT(index);
	if (!c->running)
		console_forget(c);
	return true;
}

static void queue_start(struct virtio_device *dev, unsigned index)
{
	virtio_worker_start(&to_console(dev)->worker, index);
}

static void queue_stop(struct virtio_device *dev, unsigned index)
{
	virtio_worker_stop(&to_console(dev)->worker, index);
}

/* 5.3.4: a byte that a driver can print before it has queues. */
static void config_write(struct virtio_device *dev, unsigned offset,
			 unsigned size, uint32_t value)
{
	struct port_end *end = to_console(dev)->port[CONSOLE_TTY].end;
	uint8_t byte = (uint8_t)value;

	(void)size;
	if (offset == offsetof(struct virtio_console_config, emerg_wr) && end &&
	    end->ops->write)
		end->ops->write(end, &byte, 1);
}

/* An end has news for the worker. */
static void news(void *arg)
{
	struct console_port *p = arg;
	struct virtio_worker *worker = &p->console->worker;

	virtio_worker_again(worker, console_rx(p));
	virtio_worker_again(worker, console_rx(p) + 1);
	if (p->id == CONSOLE_TTY)
		virtio_worker_again(worker, CONSOLE_CONTROL_RX);
}

static void attach(struct console *c, void (*fn)(void *arg))
{
	for (unsigned i = 0; i < CONSOLE_PORTS; i++) {
		struct console_port *p = &c->port[i];

		if (p->end)
			p->end->ops->attach(p->end, fn, p);
	}
}

static void init_queues(struct console *c)
{
	static const char *const names[CONSOLE_QUEUES] = {
		"tty rx",    "tty tx",	  "control rx", "control tx",
		"stdin rx",  "stdin tx",  "stdout rx",	"stdout tx",
		"stderr rx", "stderr tx",
	};

	for (unsigned i = 0; i < CONSOLE_QUEUES; i++)
		c->queue[i] = (struct virtio_queue){
			.name = names[i],
			.receives = i % 2 == 0,
			.stream = i != CONSOLE_CONTROL_RX &&
				  i != CONSOLE_CONTROL_TX,
		};
}

static uint64_t features(struct port_end *const end[CONSOLE_PORTS])
{
	uint64_t f = BIT64(VIRTIO_CONSOLE_F_MULTIPORT);

	if (end[CONSOLE_TTY])
		f |= BIT64(VIRTIO_CONSOLE_F_SIZE) |
		     BIT64(VIRTIO_CONSOLE_F_EMERG_WRITE);
	return f;
}

static int allocate(struct console *c)
{
	c->iov =
		calloc((size_t)(CONSOLE_PORTS + 1) * c->n_iov, sizeof(*c->iov));
	if (!c->iov)
		return log_fail(-ENOMEM, "virtio-console: %s: free some memory",
				strerror(ENOMEM));
	for (unsigned i = 0; i < CONSOLE_PORTS; i++)
		c->port[i].iov = c->iov + (size_t)(i + 1) * c->n_iov;
	return 0;
}

int console_init(struct console *console,
		 struct port_end *const end[CONSOLE_PORTS], uint16_t queue_size)
{
	static const struct virtio_ops ops = { .queue_start = queue_start,
					       .queue_stop = queue_stop,
					       .config_write = config_write };
	static const struct virtio_worker_ops worker = {
		.serve = serve,
		.start = queue_taken,
		.stop = queue_returned,
	};
	struct console *c = console;
	int err;

	*c = (struct console){
		.dev = { .name = "virtio-console",
			 .type = VIRTIO_ID_CONSOLE,
			 .class_code = CONSOLE_CLASS,
			 .ops = &ops,
			 .features = features(end),
			 .counters = &console_table,
			 .n_queues = CONSOLE_QUEUES,
			 .queue_size = queue_size,
			 .queue = c->queue,
			 .config = (const uint8_t *)&c->config,
			 .config_len = sizeof(c->config) },
		.config = { .max_nr_ports = CONSOLE_PORTS },
		.n_iov = vq_chain_max(queue_size),
	};
	init_queues(c);
	for (unsigned i = 0; i < CONSOLE_PORTS; i++)
		c->port[i] = (struct console_port){ .console = c,
						    .id = i,
						    .end = end[i] };
	err = allocate(c);
	if (err)
		return err;
	err = virtio_worker_init(&c->worker, "virtio-console", &c->dev,
				 &worker);
	if (err)
		free(c->iov);
	else
		attach(c, news);
	return err;
}

void console_free(struct console *console)
{
	attach(console, NULL);
	virtio_worker_free(&console->worker);
	free(console->iov);
}

#define PORT(n, field) offsetof(struct console, port[n].field), COUNT_SUM

static const struct count_spec specs[] = {
	{ "told", "control messages to the driver",
	  offsetof(struct console, told), COUNT_SUM },
	{ "heard", "control messages from the driver",
	  offsetof(struct console, heard), COUNT_SUM },
	{ "refused", "control messages that made no sense",
	  offsetof(struct console, refused), COUNT_SUM },
	{ "tty_in", "bytes to the console", PORT(CONSOLE_TTY, bytes_in) },
	{ "tty_out", "bytes from the console", PORT(CONSOLE_TTY, bytes_out) },
	{ "stdin", "bytes of standard input", PORT(CONSOLE_STDIN, bytes_in) },
	{ "stdout", "bytes of standard output",
	  PORT(CONSOLE_STDOUT, bytes_out) },
	{ "stdout_waits", "times it had to wait for its reader",
	  PORT(CONSOLE_STDOUT, waits) },
	{ "stderr", "bytes of standard error",
	  PORT(CONSOLE_STDERR, bytes_out) },
	{ "stderr_waits", "times it had to wait for its reader",
	  PORT(CONSOLE_STDERR, waits) },
};

const struct count_table console_table = { "console", specs,
					   ARRAY_SIZE(specs) };
