/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "gdb/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "gdb/resume.h"

/* What `monitor` may print: as much as fits, in hexadecimal, into all frames
 * but that which ends it. */
enum {
	CONSOLE_PART = GDB_PACKET_SIZE / 2 - 1,
	CONSOLE_MAX = (GDB_OUTPUT_FRAMES - 1) * CONSOLE_PART,
};

static bool has_room(const struct gdb_output *out, size_t len)
{
	return sizeof(out->bytes) - out->len >= len;
}

static void send_byte(struct gdb_server *s, char c)
{
	if (has_room(&s->out, 1))
		s->out.bytes[s->out.len++] = c;
}

/* Send the reply, and begin a new one. */
static void send_reply(struct gdb_server *s)
{
	struct gdb_output *out = &s->out;

	if (has_room(out, s->reply.len + 4)) {
		out->last = out->len;
		out->len += gdb_frame(s->reply.text, s->reply.len,
				      out->bytes + out->len);
	}
	s->reply.len = 0;
}

static void put_error(struct gdb_server *s, int err)
{
	s->reply.len = 0;
	gdb_put(&s->reply, "E%02x", (unsigned)-err & 0xff);
}

static void put_result(struct gdb_server *s, int err)
{
	if (err)
		put_error(s, err);
	else
		gdb_put(&s->reply, "OK");
}

static unsigned n_threads(const struct gdb_server *s)
{
	return MIN(s->target->threads(s->arg), (unsigned)GDB_THREADS);
}

/* A thread's id at *@p: from 1, or 0 and -1 for any, which is @any.  False: no
 * such thread. */
static bool take_thread(const struct gdb_server *s, const char **p,
			unsigned any, unsigned *thread)
{
	uint64_t id;

	*thread = any;
	if (strncmp(*p, "-1", 2) == 0) {
		*p += 2;
		return true;
	}
	if (!gdb_number(p, &id) || id > n_threads(s))
		return false;
	if (id)
		*thread = (unsigned)id - 1;
	return true;
}

static void put_stop(struct gdb_server *s)
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

static void why_stopped(struct gdb_server *s, const char *args)
{
	(void)args;
	put_stop(s);
}

static void get_registers(struct gdb_server *s, const char *args)
{
	struct gdb_registers r;
	int err = s->target->get_registers(s->arg, s->thread, &r);

	(void)args;
	if (err)
		put_error(s, err);
	else
		gdb_put_hex(&s->reply, &r, sizeof(r));
}

static void set_registers(struct gdb_server *s, const char *args)
{
	struct gdb_registers r;

	if (strlen(args) != 2 * sizeof(r) ||
	    !gdb_unhex(args, sizeof(r), (uint8_t *)&r))
		put_error(s, -EINVAL);
	else
		put_result(s, s->target->set_registers(s->arg, s->thread, &r));
}

static void get_register(struct gdb_server *s, const char *args)
{
	struct gdb_registers r;
	size_t offset, size;
	uint64_t number;
	int err = -EINVAL;

	if (gdb_number(&args, &number) && gdb_register(number, &offset, &size))
		err = s->target->get_registers(s->arg, s->thread, &r);
	if (err)
		put_error(s, err);
	else
		gdb_put_hex(&s->reply, (const uint8_t *)&r + offset, size);
}

static void set_register(struct gdb_server *s, const char *args)
{
	struct gdb_registers r;
	size_t offset, size;
	uint64_t number;
	int err = -EINVAL;

	if (gdb_number(&args, &number) && *args++ == '=' &&
	    gdb_register(number, &offset, &size) && strlen(args) == 2 * size)
		err = s->target->get_registers(s->arg, s->thread, &r);
	if (!err && !gdb_unhex(args, size, (uint8_t *)&r + offset))
		err = -EINVAL;
	if (!err)
		err = s->target->set_registers(s->arg, s->thread, &r);
	put_result(s, err);
}

/* ADDR,LENGTH at *@p. */
static bool take_range(const char **p, uint64_t *addr, uint64_t *len)
{
	return gdb_number(p, addr) && *(*p)++ == ',' && gdb_number(p, len);
}

static void read_memory(struct gdb_server *s, const char *args)
{
	static const uint64_t most = GDB_PACKET_SIZE / 2;
	uint8_t data[GDB_PACKET_SIZE / 2];
	uint64_t addr, len;
	size_t got;

	if (!take_range(&args, &addr, &len)) {
		put_error(s, -EINVAL);
		return;
	}
	got = s->target->read(s->arg, s->thread, addr, data, MIN(len, most));
	if (len && !got)
		put_error(s, -EFAULT);
	else
		gdb_put_hex(&s->reply, data, got);
}

/* ADDR,LENGTH: at *@args, of a write; false: that is wrong. */
static bool take_write(const char **args, uint64_t *addr, uint64_t *len)
{
	return take_range(args, addr, len) && *(*args)++ == ':' &&
	       *len <= GDB_PACKET_SIZE;
}

static void write_hex(struct gdb_server *s, const char *args)
{
	uint8_t data[GDB_PACKET_SIZE / 2];
	uint64_t addr, len;

	if (!take_write(&args, &addr, &len) || strlen(args) != 2 * len ||
	    !gdb_unhex(args, len, data))
		put_error(s, -EINVAL);
	else
		put_result(s, s->target->write(s->arg, s->thread, addr, data,
					       len));
}

/* The text may hold any byte, and its end is that of the packet. */
static void write_binary(struct gdb_server *s, const char *args)
{
	const char *p = args;
	uint64_t addr, len;
	char *data;
	size_t n;

	if (!take_write(&p, &addr, &len)) {
		put_error(s, -EINVAL);
		return;
	}
	data = s->parser.text + (p - s->parser.text);
	n = gdb_unescape(data, (size_t)(s->parser.text + s->parser.len - p));
	if (n != len)
		put_error(s, -EINVAL);
	else
		put_result(s, s->target->write(s->arg, s->thread, addr, data,
					       len));
}

/* Hg: registers and memory; Hc: c and s. */
static void select_thread(struct gdb_server *s, const char *args)
{
	char which = *args;
	unsigned thread;

	if ((which != 'g' && which != 'c') || !*args++ ||
	    !take_thread(s, &args, s->thread, &thread)) {
		put_error(s, -EINVAL);
		return;
	}
	if (which == 'g')
		s->thread = thread;
	else
		s->resumed_thread = thread;
	gdb_put(&s->reply, "OK");
}

static void is_alive(struct gdb_server *s, const char *args)
{
	unsigned thread;

	put_result(s, take_thread(s, &args, 0, &thread) ? 0 : -ESRCH);
}

/* TYPE,ADDR,KIND; conditions and commands, which are not offered, are
 * ignored. */
static void breakpoint(struct gdb_server *s, const char *args, bool insert)
{
	uint64_t type, addr, len;

	if (!gdb_number(&args, &type) || *args++ != ',' ||
	    !take_range(&args, &addr, &len)) {
		put_error(s, -EINVAL);
		return;
	}
	/* The empty answer: not known. */
	if (type >= GDB_BREAKPOINTS)
		return;
	if (insert) {
		put_result(s, s->target->insert(s->arg, s->thread,
						(enum gdb_breakpoint)type, addr,
						len));
		return;
	}
	s->target->remove(s->arg, (enum gdb_breakpoint)type, addr, len);
	gdb_put(&s->reply, "OK");
}

static void insert_breakpoint(struct gdb_server *s, const char *args)
{
	breakpoint(s, args, true);
}

static void remove_breakpoint(struct gdb_server *s, const char *args)
{
	breakpoint(s, args, false);
}

static void resume(struct gdb_server *s, const enum gdb_action *actions)
{
	s->running = true;
	s->stopping = false;
	s->target->resume(s->arg, actions);
}

/* c and s, perhaps with an address; C and S, with a signal before it, which
 * means nothing to a machine. */
static void resume_simply(struct gdb_server *s, const char *args)
{
	char what = s->parser.text[0];
	enum gdb_action actions[GDB_THREADS];
	struct gdb_registers r;
	uint64_t value;

	if (what == 'C' || what == 'S') {
		if (!gdb_number(&args, &value)) {
			put_error(s, -EINVAL);
			return;
		}
		args += *args == ';';
	}
	if (*args) {
		if (!gdb_number(&args, &value) ||
		    s->target->get_registers(s->arg, s->resumed_thread, &r)) {
			put_error(s, -EINVAL);
			return;
		}
		r.rip = value;
		s->target->set_registers(s->arg, s->resumed_thread, &r);
	}
	if (what == 'c' || what == 'C')
		gdb_all_threads(actions, GDB_CONTINUE);
	else
		gdb_one_thread(actions, s->resumed_thread, GDB_STEP);
	resume(s, actions);
}

static void resume_each(struct gdb_server *s, const char *args)
{
	enum gdb_action actions[GDB_THREADS];

	if (gdb_parse_vcont(args, n_threads(s), actions))
		resume(s, actions);
	else
		put_error(s, -EINVAL);
}

/* Without C and S a debugger believes that it cannot step. */
static void what_can_resume(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply, "vCont;c;C;s;S");
}

static void detach(struct gdb_server *s, const char *args)
{
	(void)args;
	s->over = true;
	s->target->detach(s->arg);
	gdb_put(&s->reply, "OK");
}

/* `k` has no answer, vKill has. */
static void kill_politely(struct gdb_server *s, const char *args)
{
	(void)args;
	s->over = true;
	gdb_put(&s->reply, "OK");
	s->target->kill(s->arg);
}

static void features(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply,
		"PacketSize=%x;qXfer:features:read+;QStartNoAckMode+;"
		"vContSupported+;swbreak+;hwbreak+",
		GDB_PACKET_SIZE);
}

static void start_no_ack(struct gdb_server *s, const char *args)
{
	(void)args;
	s->no_ack = true;
	gdb_put(&s->reply, "OK");
}

/* target.xml:OFFSET,LENGTH */
static void read_description(struct gdb_server *s, const char *args)
{
	static const char name[] = "target.xml:";
	char xml[GDB_XML_ROOM];
	size_t size = gdb_target_xml(xml, sizeof(xml));
	uint64_t from, len;

	if (strncmp(args, name, strlen(name)) != 0) {
		put_error(s, -ENOENT);
		return;
	}
	args += strlen(name);
	if (!take_range(&args, &from, &len) || from > size) {
		put_error(s, -EINVAL);
		return;
	}
	/* Each byte may become two. */
	len = MIN(len, MIN(size - from, (uint64_t)GDB_PACKET_SIZE / 2 - 1));
	gdb_put(&s->reply, from + len == size ? "l" : "m");
	gdb_put_binary(&s->reply, xml + from, len);
}

static void first_threads(struct gdb_server *s, const char *args)
{
	unsigned n = n_threads(s);

	(void)args;
	for (unsigned i = 0; i < n; i++)
		gdb_put(&s->reply, "%c%x", i ? ',' : 'm', i + 1);
}

static void no_more_threads(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply, "l");
}

static void describe_thread(struct gdb_server *s, const char *args)
{
	char buf[200] = "";
	struct text text = { buf, sizeof(buf), 0 };
	unsigned thread;

	if (!take_thread(s, &args, s->thread, &thread)) {
		put_error(s, -ESRCH);
		return;
	}
	s->target->describe(s->arg, thread, &text);
	gdb_put_hex(&s->reply, buf, text.len);
}

static void current_thread(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply, "QC%x", s->thread + 1);
}

/* The machine was there before the debugger: it is left alone at the end. */
static void was_attached(struct gdb_server *s, const char *args)
{
	(void)args;
	gdb_put(&s->reply, "1");
}

static void send_console(struct gdb_server *s, const char *text, size_t len)
{
	while (len) {
		size_t part = MIN(len, (size_t)CONSOLE_PART);

		gdb_put(&s->reply, "O");
		gdb_put_hex(&s->reply, text, part);
		send_reply(s);
		text += part;
		len -= part;
	}
}

/* `monitor LINE`, in hexadecimal. */
static void monitor(struct gdb_server *s, const char *args)
{
	size_t len = strlen(args) / 2;
	char line[GDB_PACKET_SIZE / 2 + 1], *text = NULL;
	FILE *out;

	if (strlen(args) % 2 || !gdb_unhex(args, len, (uint8_t *)line)) {
		put_error(s, -EINVAL);
		return;
	}
	line[len] = '\0';
	out = open_memstream(&text, &len);
	if (!out) {
		put_error(s, -ENOMEM);
		return;
	}
	s->target->monitor(s->arg, s->thread, line, out);
	if (fclose(out) == 0)
		send_console(s, text, MIN(len, (size_t)CONSOLE_MAX));
	free(text);
	gdb_put(&s->reply, "OK");
}

/* The first whose name the packet begins with is called with what follows; the
 * letters of one letter come last. */
static const struct command {
	const char *name;
	void (*run)(struct gdb_server *s, const char *args);
	/* Nothing may follow but ';' or ':'. */
	bool whole;
} commands[] = {
	{ "qSupported", features, true },
	{ "QStartNoAckMode", start_no_ack, true },
	{ "qXfer:features:read:", read_description, false },
	{ "qfThreadInfo", first_threads, true },
	{ "qsThreadInfo", no_more_threads, true },
	{ "qThreadExtraInfo,", describe_thread, false },
	{ "qC", current_thread, true },
	{ "qAttached", was_attached, true },
	{ "qRcmd,", monitor, false },
	{ "vCont?", what_can_resume, true },
	{ "vCont", resume_each, false },
	{ "vKill", kill_politely, true },
	{ "?", why_stopped, true },
	{ "g", get_registers, true },
	{ "G", set_registers, false },
	{ "p", get_register, false },
	{ "P", set_register, false },
	{ "m", read_memory, false },
	{ "M", write_hex, false },
	{ "X", write_binary, false },
	{ "H", select_thread, false },
	{ "T", is_alive, false },
	{ "Z", insert_breakpoint, false },
	{ "z", remove_breakpoint, false },
	{ "c", resume_simply, false },
	{ "C", resume_simply, false },
	{ "s", resume_simply, false },
	{ "S", resume_simply, false },
	{ "D", detach, true },
};

static const struct command *find(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];
		size_t len = strlen(c->name);

		if (strncmp(text, c->name, len) != 0)
			continue;
		if (!c->whole || !text[len] || strchr(";:", text[len]))
			return c;
	}
	return NULL;
}

/* What is not known has the empty answer. */
static void run_packet(struct gdb_server *s)
{
	const char *text = s->parser.text;
	const struct command *c = find(text);

	if (strcmp(text, "k") == 0) {
		s->over = true;
		s->target->kill(s->arg);
		return;
	}
	if (c)
		c->run(s, text + strlen(c->name));
	/* The stop is the answer. */
	if (!s->running || s->reply.len)
		send_reply(s);
}

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
		send_byte(s, '+');
		put_error(s, -E2BIG);
		send_reply(s);
		return;
	case GDB_DAMAGED:
		if (!s->no_ack) {
			send_byte(s, '-');
			return;
		}
		/* Nobody is to look at checksums then. */
		break;
	case GDB_PACKET:
		break;
	}
	if (!s->no_ack)
		send_byte(s, '+');
	run_packet(s);
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
	put_stop(s);
	send_reply(s);
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
	send_reply(s);
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
