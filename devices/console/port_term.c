/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/console/port_term.h"

#include <string.h>

#include "base/util.h"
#include "devices/serial/chardev.h"

static struct port_term *to_term(struct port_end *end)
{
	return (struct port_term *)end;
}

/* With the lock held. */
static void tell(struct port_term *t)
{
	if (t->news)
		t->news(t->arg);
}

/* --- what is typed, on the loop's thread --------------------------------- */

static size_t room(void *arg)
{
	struct port_term *t = arg;
	size_t n;

	pthread_mutex_lock(&t->lock);
	n = PORT_TERM_ROOM - t->count;
	pthread_mutex_unlock(&t->lock);
	return n;
}

static void receive(void *arg, const uint8_t *buf, size_t len)
{
	struct port_term *t = arg;

	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < len; i++)
		t->ring[(t->head + t->count++) % PORT_TERM_ROOM] = buf[i];
	tell(t);
	pthread_mutex_unlock(&t->lock);
}

/* There is nothing like it here. */
static void receive_break(void *arg)
{
	(void)arg;
}

static void divert(void *arg)
{
	struct port_term *t = arg;
	const struct chardev_receiver receiver = { room, receive, receive_break,
						   t };
	bool open;

	pthread_mutex_lock(&t->lock);
	open = t->open;
	pthread_mutex_unlock(&t->lock);
	if (open == t->diverted)
		return;
	t->diverted = open;
	chardev_divert(t->chardev, open ? &receiver : NULL);
}

/* --- the end ------------------------------------------------------------- */

static void term_attach(struct port_end *end, void (*news)(void *arg),
			void *arg)
{
	struct port_term *t = to_term(end);

	pthread_mutex_lock(&t->lock);
	t->news = news;
	t->arg = arg;
	pthread_mutex_unlock(&t->lock);
}

static void term_opened(struct port_end *end, bool open)
{
	struct port_term *t = to_term(end);

	pthread_mutex_lock(&t->lock);
	t->open = open;
	pthread_mutex_unlock(&t->lock);
	if (open)
		chardev_opened(t->chardev);
	loop_post(t->loop, &t->divert);
}

static size_t term_waiting(struct port_end *end)
{
	return PORT_TERM_ROOM - room(end);
}

static size_t term_read(struct port_end *end, uint8_t *to, size_t len)
{
	struct port_term *t = to_term(end);
	size_t n = 0;

	pthread_mutex_lock(&t->lock);
	while (n < len && t->count) {
		to[n++] = t->ring[t->head];
		t->head = (t->head + 1) % PORT_TERM_ROOM;
		t->count--;
	}
	pthread_mutex_unlock(&t->lock);
	chardev_kick(t->chardev);
	return n;
}

static void term_write(struct port_end *end, const uint8_t *buf, size_t len)
{
	chardev_write_beside(to_term(end)->chardev, buf, len);
}

static bool term_over(struct port_end *end)
{
	(void)end;
	return false;
}

static struct port_size term_size(struct port_end *end)
{
	struct port_term *t = to_term(end);
	struct port_size size;

	pthread_mutex_lock(&t->lock);
	size = t->size;
	pthread_mutex_unlock(&t->lock);
	return size;
}

void port_term_init(struct port_term *term, struct chardev *chardev,
		    struct loop *loop)
{
	static const struct port_end_ops ops = {
		.attach = term_attach,
		.opened = term_opened,
		.waiting = term_waiting,
		.read = term_read,
		.write = term_write,
		.over = term_over,
		.size = term_size,
	};

	*term = (struct port_term){ .end = { &ops },
				    .chardev = chardev,
				    .loop = loop,
				    .divert = { .fn = divert, .arg = term } };
	pthread_mutex_init(&term->lock, NULL);
}

void port_term_free(struct port_term *term)
{
	loop_cancel(term->loop, &term->divert);
	if (term->diverted)
		chardev_divert(term->chardev, NULL);
	pthread_mutex_destroy(&term->lock);
}

void port_term_resize(struct port_term *term, struct port_size size)
{
	pthread_mutex_lock(&term->lock);
	term->size = size;
	tell(term);
	pthread_mutex_unlock(&term->lock);
}
