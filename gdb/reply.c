/* SPDX-License-Identifier: BSD-2-Clause */
#include "gdb/reply.h"

#include <string.h>

#include "base/util.h"
#include "gdb/server.h"

static bool has_room(const struct gdb_output *out, size_t len)
{
	return sizeof(out->bytes) - out->len >= len;
}

void gdb_send_byte(struct gdb_server *s, char c)
{
	if (has_room(&s->out, 1))
		s->out.bytes[s->out.len++] = c;
}

void gdb_send_reply(struct gdb_server *s)
{
	struct gdb_output *out = &s->out;

	if (has_room(out, s->reply.len + 4)) {
		out->last = out->len;
		out->len += gdb_frame(s->reply.text, s->reply.len,
				      out->bytes + out->len);
	}
	s->reply.len = 0;
}

void gdb_put_error(struct gdb_server *s, int err)
{
	s->reply.len = 0;
	gdb_put(&s->reply, "E%02x", (unsigned)-err & 0xff);
}

void gdb_put_result(struct gdb_server *s, int err)
{
	if (err)
		gdb_put_error(s, err);
	else
		gdb_put(&s->reply, "OK");
}

unsigned gdb_n_threads(const struct gdb_server *s)
{
	return MIN(s->target->threads(s->arg), (unsigned)GDB_THREADS);
}

bool gdb_take_thread(const struct gdb_server *s, const char **p, unsigned any,
		     unsigned *thread)
{
	uint64_t id;

	*thread = any;
	if (strncmp(*p, "-1", 2) == 0) {
		*p += 2;
		return true;
	}
	if (!gdb_number(p, &id) || id > gdb_n_threads(s))
		return false;
	if (id)
		*thread = (unsigned)id - 1;
	return true;
}

void gdb_put_stop(struct gdb_server *s)
{
	static const char *const reasons[] = {
		[GDB_SOFTWARE] = "swbreak",    [GDB_HARDWARE] = "hwbreak",
		[GDB_WATCH_WRITE] = "watch",   [GDB_WATCH_READ] = "rwatch",
		[GDB_WATCH_ACCESS] = "awatch",
	};
	const struct gdb_stop *stop = &s->stop;

	gdb_put(&s->reply, "T%02xthread:%x;", stop->signal, stop->thread + 1);
	if (stop->at >= GDB_BREAKPOINTS)
		return;
	gdb_put(&s->reply, "%s:", reasons[stop->at]);
	if (stop->at >= GDB_WATCH_WRITE)
		gdb_put(&s->reply, "%llx", (unsigned long long)stop->addr);
	gdb_put(&s->reply, ";");
}

bool gdb_take_range(const char **p, uint64_t *addr, uint64_t *len)
{
	return gdb_number(p, addr) && *(*p)++ == ',' && gdb_number(p, len);
}
