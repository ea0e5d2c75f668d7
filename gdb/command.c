/* SPDX-License-Identifier: BSD-2-Clause */
#include "gdb/command.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "gdb/reply.h"
#include "gdb/resume.h"
#include "gdb/server.h"

/* Hg: registers and memory; Hc: c and s. */
static void select_thread(struct gdb_server *s, const char *args)
{
	char which = *args;
	unsigned thread;

	if ((which != 'g' && which != 'c') || !*args++ ||
	    !gdb_take_thread(s, &args, s->thread, &thread)) {
		gdb_put_error(s, -EINVAL);
		return;
	}
	if (which == 'g')
		s->thread = thread;
	else
		s->resumed_thread = thread;
	gdb_put(&s->reply, "OK");
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
			gdb_put_error(s, -EINVAL);
			return;
		}
		args += *args == ';';
	}
	if (*args) {
		if (!gdb_number(&args, &value) ||
		    s->target->get_registers(s->arg, s->resumed_thread, &r)) {
			gdb_put_error(s, -EINVAL);
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

	if (gdb_parse_vcont(args, gdb_n_threads(s), actions))
		resume(s, actions);
	else
		gdb_put_error(s, -EINVAL);
}

static void detach(struct gdb_server *s, const char *args)
{
	(void)args;
	s->over = true;
	s->target->detach(s->arg);
	gdb_put(&s->reply, "OK");
}

/* gdb's way to kill, which is answered in words. */
static void kill_politely(struct gdb_server *s, const char *args)
{
	(void)args;
	s->over = true;
	gdb_put(&s->reply, "OK");
	s->target->kill(s->arg);
}

/* lldb's way: it waits for the end.  Who sends this without waiting closes. */
static void kill_at_once(struct gdb_server *s, const char *args)
{
	(void)args;
	s->over = true;
	gdb_put(&s->reply, "X09");
	s->target->kill(s->arg);
}

/* The first whose name the packet begins with is called with what follows; the
 * letters of one letter come last. */
static const struct command {
	const char *name;
	gdb_command *run;
	/* Nothing may follow but ';' or ':'. */
	bool whole;
} commands[] = {
	{ "qSupported", gdb_features, true },
	{ "QStartNoAckMode", gdb_start_no_ack, true },
	{ "qXfer:features:read:", gdb_read_description, false },
	{ "qfThreadInfo", gdb_first_threads, true },
	{ "qsThreadInfo", gdb_no_more_threads, true },
	{ "qThreadExtraInfo,", gdb_describe_thread, false },
	{ "qC", gdb_current_thread, true },
	{ "qAttached", gdb_was_attached, true },
	{ "qRcmd,", gdb_monitor, false },
	{ "vCont?", gdb_what_can_resume, true },
	{ "vCont", resume_each, false },
	{ "vKill", kill_politely, true },
	{ "?", gdb_why_stopped, true },
	{ "g", gdb_get_registers, true },
	{ "G", gdb_set_registers, false },
	{ "p", gdb_get_register, false },
	{ "P", gdb_set_register, false },
	{ "m", gdb_read_memory, false },
	{ "M", gdb_write_hex, false },
	{ "X", gdb_write_binary, false },
	{ "H", select_thread, false },
	{ "T", gdb_is_alive, false },
	{ "Z", gdb_insert_breakpoint, false },
	{ "z", gdb_remove_breakpoint, false },
	{ "c", resume_simply, false },
	{ "C", resume_simply, false },
	{ "s", resume_simply, false },
	{ "S", resume_simply, false },
	{ "D", detach, true },
	{ "k", kill_at_once, true },
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

void gdb_run_command(struct gdb_server *s)
{
	const char *text = s->parser.text;
	const struct command *c = find(text);

	if (c)
		c->run(s, text + strlen(c->name));
	/* The stop is the answer. */
	if (!s->running || s->reply.len)
		gdb_send_reply(s);
}
