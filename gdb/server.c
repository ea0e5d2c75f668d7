/* SPDX-License-Identifier: BSD-2-Clause */
#include "gdb/server.h"

#include <errno.h>
#include <string.h>

#include "gdb/command.h"
#include "gdb/reply.h"

static void interrupt(struct gdb_server *s)
{
	if (!s->running || s->stopping)
		return;
	s->stopping = true;
	s->target->interrupt(s->arg);
}

static void take_event(struct gdb_server *s, enum gdb_event event)
{
	switch (event) {
	case GDB_NOTHING:
	case GDB_ACK:
		return;
	case GDB_NACK:
		s->out.sent = s->out.last;
		return;
	case GDB_INTERRUPT:
		interrupt(s);
		return;
	case GDB_TOO_LONG:
		gdb_send_byte(s, '+');
		gdb_put_error(s, -E2BIG);
		gdb_send_reply(s);
		return;
	case GDB_DAMAGED:
		if (!s->no_ack) {
			gdb_send_byte(s, '-');
			return;
		}
		/* Nobody is to look at checksums then. */
		break;
	case GDB_PACKET:
		break;
	}
	if (!s->no_ack)
		gdb_send_byte(s, '+');
	gdb_run_command(s);
}

static bool may_take(const struct gdb_server *s)
{
	return !s->over && s->out.sent == s->out.len;
}

size_t gdb_server_input(struct gdb_server *server, const uint8_t *bytes,
			size_t len)
{
	struct gdb_server *s = server;
	size_t n = 0;

	while (n < len && may_take(s)) {
		if (s->running && bytes[n] == '$' &&
		    s->parser.state == GDB_BETWEEN) {
			interrupt(s);
			break;
		}
		/* What was sent is kept only for one who asks again. */
		if (bytes[n] == '$')
			s->out.len = s->out.sent = s->out.last = 0;
		take_event(s, gdb_parse(&s->parser, bytes[n++]));
	}
	return n;
}

void gdb_server_stopped(struct gdb_server *server, const struct gdb_stop *stop)
{
	struct gdb_server *s = server;

	s->stop = *stop;
	s->stopping = false;
	s->thread = s->resumed_thread = stop->thread;
	if (!s->running)
		return;
	s->running = false;
	gdb_put_stop(s);
	gdb_send_reply(s);
}

void gdb_server_exited(struct gdb_server *server, unsigned code, bool killed)
{
	struct gdb_server *s = server;

	if (s->over)
		return;
	s->over = true;
	/* Only who waits for the machine is to be told. */
	if (!s->running)
		return;
	s->running = false;
	gdb_put(&s->reply, "%c%02x", killed ? 'X' : 'W', code & 0xff);
	gdb_send_reply(s);
}

void gdb_server_init(struct gdb_server *server, const struct gdb_target *target,
		     void *arg, const struct gdb_stop *stop)
{
	memset(server, 0, sizeof(*server));
	server->target = target;
	server->arg = arg;
	server->stop = *stop;
	server->thread = server->resumed_thread = stop->thread;
}
