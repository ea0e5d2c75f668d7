/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_control.c - control messages (VIRTIO 1.2, section 5.3.6.2)
 *
 * On the worker.  A message from the driver is eight bytes, copied once.
 *
 * RESIZE has columns before rows (5.3.6.2).  Linux's driver reads rows before
 * columns up to version 6.14, unless its stable series was mended since; no
 * version number tells which, so this is as specified.
 */
#include <stdio.h>

#include "base/count.h"
#include "base/iov.h"
#include "base/util.h"
#include "devices/console/console.h"

enum { BATCH = 32, NAME_MAX_LEN = 32 };

struct message {
	struct virtio_console_control head;
	union {
		struct {
			uint16_t cols, rows;
		} size;
		char name[NAME_MAX_LEN];
	};
};

static const uint16_t events[TELLINGS] = {
	[TELL_ADD] = VIRTIO_CONSOLE_PORT_ADD,
	[TELL_CONSOLE] = VIRTIO_CONSOLE_CONSOLE_PORT,
	[TELL_SIZE] = VIRTIO_CONSOLE_RESIZE,
	[TELL_OPEN] = VIRTIO_CONSOLE_PORT_OPEN,
	[TELL_NAME] = VIRTIO_CONSOLE_PORT_NAME,
};

const char *console_port_name(enum console_port_id id)
{
	static const char *const names[CONSOLE_PORTS] = {
		[CONSOLE_TTY] = "minivmm.tty",
		[CONSOLE_STDIN] = "minivmm.stdin",
		[CONSOLE_STDOUT] = "minivmm.stdout",
		[CONSOLE_STDERR] = "minivmm.stderr",
	};

	return names[id];
}

static void tell_soon(struct console_port *p, enum console_telling what)
{
	p->tellings |= (uint8_t)BIT(what);
	virtio_worker_again(&p->console->worker, CONSOLE_CONTROL_RX);
}

/* --- what we tell -------------------------------------------------------- */

/* The port with something to be told, or NULL. */
static struct console_port *to_tell(struct console *c)
{
	for (unsigned i = 0; i < CONSOLE_PORTS; i++)
		if (c->port[i].tellings)
			return &c->port[i];
	return NULL;
}

/* Its length. */
static size_t compose(struct console_port *p, enum console_telling what,
		      struct message *m)
{
	const struct virtio_console_config *config = &p->console->config;

	m->head = (struct virtio_console_control){ p->id, events[what], 1 };
	switch (what) {
	case TELL_SIZE:
		m->size.cols = config->cols;
		m->size.rows = config->rows;
		return sizeof(m->head) + sizeof(m->size);
	case TELL_OPEN:
		m->head.value = p->told_open = !p->closed;
		return sizeof(m->head);
	case TELL_NAME:
		return sizeof(m->head) +
		       (size_t)snprintf(m->name, sizeof(m->name), "%s",
					console_port_name(p->id));
	default:
		return sizeof(m->head);
	}
}

/* Writes the message into @buf; false: it is too short. */
static bool write_message(struct console *c, struct vq_buf *buf,
			  struct console_port *p)
{
	enum console_telling what =
		(enum console_telling)__builtin_ctz(p->tellings);
	struct message m;
	size_t len;

	if (buf->in_len < sizeof(m)) {
		virtio_lint(&c->dev, LINT_SHORT_BUFFER, NULL);
		if (buf->in_len < sizeof(m.head))
			return false;
	}
	len = MIN(compose(p, what, &m), buf->in_len);
	iov_scatter(buf->iov + buf->n_out, buf->n_in, &m, len);
	vq_push(&c->queue[CONSOLE_CONTROL_RX].vq, buf, (uint32_t)len);
	p->tellings &= (uint8_t)~BIT(what);
	p->added |= what == TELL_ADD;
	count_add(&c->told, 1);
	return true;
}

enum worker_turn console_tell(struct console *c)
{
	struct virtq *vq = &c->queue[CONSOLE_CONTROL_RX].vq;
	enum worker_turn turn = WORKER_BUSY;

	console_look_size(c);
	for (unsigned i = 0; i < BATCH && turn == WORKER_BUSY; i++) {
		struct console_port *p = to_tell(c);
		struct vq_buf buf;

		if (!p)
			turn = WORKER_RESTS;
		else if (vq_pop(vq, &buf, c->iov, c->n_iov) <= 0)
			turn = WORKER_PENDING;
		else if (!write_message(c, &buf, p))
			vq_push(vq, &buf, 0);
	}
	vq_commit(vq);
	return turn;
}

void console_look(struct console_port *p)
{
	const struct port_end *end = p->end;

	if (!end || !p->ready)
		return;
	/* Of input, the guest is to have all of it first. */
	if (!p->closed && end->ops->over(p->end) &&
	    (!end->ops->waiting ||
	     (p->guest_open && !end->ops->waiting(p->end))))
		p->closed = true;
	if (p->told_open == p->closed)
		tell_soon(p, TELL_OPEN);
	else
		p->tellings &= (uint8_t)~BIT(TELL_OPEN);
}

void console_look_size(struct console *c)
{
	struct console_port *p = &c->port[CONSOLE_TTY];
	bool multiport = virtio_has(&c->dev, VIRTIO_CONSOLE_F_MULTIPORT);
	struct port_size size;

	if (!p->end || !p->end->ops->size)
		return;
	size = p->end->ops->size(p->end);
	if (size.cols == c->config.cols && size.rows == c->config.rows)
		return;
	virtio_config_begin(&c->dev);
	c->config.cols = size.cols;
	c->config.rows = size.rows;
	/* 5.3.5: with MULTIPORT a message tells. */
	virtio_config_end(&c->dev, !multiport);
	if (p->ready)
		tell_soon(p, TELL_SIZE);
}

/* --- what we hear -------------------------------------------------------- */

/* A port that exists, or NULL. */
static struct console_port *find(struct console *c, uint32_t id)
{
	return id < CONSOLE_PORTS && c->port[id].end ? &c->port[id] : NULL;
}

static const char *hear_device_ready(struct console *c, bool ready)
{
	if (!ready)
		return "it could not add the device";
	if (c->announced)
		return "it was ready before";
	c->announced = true;
	for (unsigned i = 0; i < CONSOLE_PORTS; i++)
		if (c->port[i].end)
			tell_soon(&c->port[i], TELL_ADD);
	return NULL;
}

static const char *hear_port_ready(struct console_port *p, bool ready)
{
	if (!p->added)
		return "the port was not added";
	if (!ready)
		return "it could not add the port";
	if (p->ready)
		return "the port was ready before";
	p->ready = true;
	if (p->id == CONSOLE_TTY) {
		tell_soon(p, TELL_CONSOLE);
		if (p->console->config.rows && p->console->config.cols)
			tell_soon(p, TELL_SIZE);
	}
	tell_soon(p, TELL_NAME);
	console_look(p);
	return NULL;
}

void console_set_open(struct console_port *p, bool open)
{
	if (p->guest_open == open)
		return;
	p->guest_open = open;
	if (p->end->ops->opened)
		p->end->ops->opened(p->end, open);
	virtio_worker_again(&p->console->worker, console_rx(p));
	console_look(p);
}

static const char *hear_port_open(struct console_port *p, bool open)
{
	if (!p->ready)
		return "the port is not ready";
	console_set_open(p, open);
	return NULL;
}

/* What is wrong with it, or NULL. */
static const char *hear(struct console *c,
			const struct virtio_console_control *m)
{
	struct console_port *p;

	if (m->event == VIRTIO_CONSOLE_DEVICE_READY)
		return hear_device_ready(c, m->value);
	p = find(c, m->id);
	if (!p)
		return "there is no such port";
	switch (m->event) {
	case VIRTIO_CONSOLE_PORT_READY:
		return hear_port_ready(p, m->value);
	case VIRTIO_CONSOLE_PORT_OPEN:
		return hear_port_open(p, m->value);
	default:
		return "a driver sends no such event";
	}
}

static void hear_buf(struct console *c, const struct vq_buf *buf)
{
	struct virtio_console_control m = { 0 };
	const char *wrong = "it is too short";

	if (iov_gather(&m, sizeof(m), buf->iov, buf->n_out) == sizeof(m))
		wrong = hear(c, &m);
	count_add(wrong ? &c->refused : &c->heard, 1);
	if (wrong)
		log_guest(&c->limit,
			  "virtio-console: control message %u about port %u, "
			  "value %u, %llu bytes: %s",
			  m.event, m.id, m.value,
			  (unsigned long long)buf->out_len, wrong);
}

enum worker_turn console_hear(struct console *c)
{
	struct virtq *vq = &c->queue[CONSOLE_CONTROL_TX].vq;
	enum worker_turn turn = WORKER_BUSY;

	for (unsigned i = 0; i < BATCH && turn == WORKER_BUSY; i++) {
		struct vq_buf buf;

		if (vq_pop(vq, &buf, c->iov, c->n_iov) <= 0) {
			turn = WORKER_IDLE;
			continue;
		}
		hear_buf(c, &buf);
		vq_push(vq, &buf, 0);
	}
	vq_commit(vq);
	return turn;
}

void console_forget(struct console *c)
{
	c->announced = false;
	for (unsigned i = 0; i < CONSOLE_PORTS; i++) {
		struct console_port *p = &c->port[i];

		if (p->end)
			console_set_open(p, false);
		p->added = p->ready = p->told_open = p->closed = false;
		p->tellings = 0;
	}
}
