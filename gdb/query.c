/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * query.c - commands that ask what there is, and `monitor`
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "gdb/command.h"
#include "gdb/reply.h"
#include "gdb/server.h"

/* What `monitor` may print: as much as fits, in hexadecimal, into all frames
 * but that which ends it. */
enum {
	CONSOLE_PART = GDB_PACKET_SIZE / 2 - 1,
	CONSOLE_MAX = (GDB_OUTPUT_FRAMES - 1) * CONSOLE_PART,
};

void gdb_why_stopped(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put_stop(s);
}

void gdb_is_alive(struct gdb_server *s, const char *args)
{
	unsigned thread;

	gdb_put_result(s, gdb_take_thread(s, &args, 0, &thread) ? 0 : -ESRCH);
}

void gdb_features(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply,
		"PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;"
		"vContSupported+;swbreak+;hwbreak+",
		GDB_PACKET_SIZE);
}

void gdb_start_no_ack(struct gdb_server *s, const char *args)
{
	(void)args;
	s->no_ack = true;
	gdb_put(&s->reply, "OK");
}

/* target.xml:OFFSET,LENGTH */
void gdb_read_description(struct gdb_server *s, const char *args)
{
	static const char name[] = "target.xml:";
	char xml[GDB_XML_ROOM];
	size_t size = gdb_target_xml(xml, sizeof(xml));
	uint64_t from, len;

	if (strncmp(args, name, strlen(name)) != 0) {
		gdb_put_error(s, -ENOENT);
		return;
	}
	args += strlen(name);
	if (!gdb_take_range(&args, &from, &len) || from > size) {
		gdb_put_error(s, -EINVAL);
		return;
	}
	/* Each byte may become two. */
	len = MIN(len, MIN(size - from, (uint64_t)GDB_PACKET_SIZE / 2 - 1));
	gdb_put(&s->reply, from + len == size ? "l" : "m");
	gdb_put_binary(&s->reply, xml + from, len);
}

void gdb_first_threads(struct gdb_server *s, const char *args)
{
	unsigned n = gdb_n_threads(s);

	(void)args;
	for (unsigned i = 0; i < n; i++)
		gdb_put(&s->reply, "%c%x", i ? ',' : 'm', i + 1);
}

void gdb_no_more_threads(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply, "l");
}

void gdb_describe_thread(struct gdb_server *s, const char *args)
{
	char buf[200] = "";
	struct text text = { buf, sizeof(buf), 0 };
	unsigned thread;

	if (!gdb_take_thread(s, &args, s->thread, &thread)) {
		gdb_put_error(s, -ESRCH);
		return;
	}
	s->target->describe(s->arg, thread, &text);
	gdb_put_hex(&s->reply, buf, text.len);
}

void gdb_current_thread(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply, "QC%x", s->thread + 1);
}

/* The machine was there before the debugger: it is left alone at the end. */
void gdb_was_attached(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply, "1");
}

/* Without C and S a debugger believes that it cannot step. */
void gdb_what_can_resume(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply, "vCont;c;C;s;S");
}

static void send_console(struct gdb_server *s, const char *text, size_t len)
{
	while (len) {
		size_t part = MIN(len, (size_t)CONSOLE_PART);

		gdb_put(&s->reply, "O");
		gdb_put_hex(&s->reply, text, part);
		gdb_send_reply(s);
		text += part;
		len -= part;
	}
}

/* `monitor LINE`, in hexadecimal. */
void gdb_monitor(struct gdb_server *s, const char *args)
{
	size_t len = strlen(args) / 2;
	char line[GDB_PACKET_SIZE / 2 + 1], *text = NULL;
	FILE *out;

	if (strlen(args) % 2 || !gdb_unhex(args, len, (uint8_t *)line)) {
		gdb_put_error(s, -EINVAL);
		return;
	}
	line[len] = '\0';
	out = open_memstream(&text, &len);
	if (!out) {
		gdb_put_error(s, -ENOMEM);
		return;
	}
	s->target->monitor(s->arg, s->thread, line, out);
	if (fclose(out) == 0)
		send_console(s, text, MIN(len, (size_t)CONSOLE_MAX));
	free(text);
	gdb_put(&s->reply, "OK");
}
