/* SPDX-License-Identifier: BSD-2-Clause */
#include "gdb/resume.h"

#include <string.h>

#include "gdb/packet.h"

void gdb_all_threads(enum gdb_action actions[GDB_THREADS],
		     enum gdb_action action)
{
	for (unsigned i = 0; i < GDB_THREADS; i++)
		actions[i] = action;
}

void gdb_one_thread(enum gdb_action actions[GDB_THREADS], unsigned thread,
		    enum gdb_action action)
{
	gdb_all_threads(actions, GDB_STAY);
	actions[thread] = action;
}

/* c, s, or one of them in capitals and with a signal. */
static bool take_action(const char **p, enum gdb_action *action)
{
	char c = *(*p)++;
	uint64_t signal;

	*action = c == 'c' || c == 'C' ? GDB_CONTINUE : GDB_STEP;
	if (c == 'c' || c == 's')
		return true;
	return (c == 'C' || c == 'S') && gdb_number(p, &signal);
}

/* ":N", from @first to @last - 1; nothing and ":-1" are all @n. */
static bool take_threads(const char **p, unsigned n, unsigned *first,
			 unsigned *last)
{
	uint64_t id;

	*first = 0;
	*last = n;
	if (**p != ':')
		return true;
	++*p;
	if (strncmp(*p, "-1", 2) == 0) {
		*p += 2;
		return true;
	}
	if (!gdb_number(p, &id) || id > n)
		return false;
	/* 0: any, so the first. */
	*first = id ? (unsigned)id - 1 : 0;
	*last = *first + 1;
	return true;
}

bool gdb_parse_vcont(const char *text, unsigned n,
		     enum gdb_action actions[GDB_THREADS])
{
	bool named[GDB_THREADS] = { false }, any = false;

	gdb_all_threads(actions, GDB_STAY);
	while (*text) {
		enum gdb_action action;
		unsigned first, last;

		if (*text++ != ';' || !take_action(&text, &action) ||
		    !take_threads(&text, n, &first, &last))
			return false;
		for (unsigned i = first; i < last; i++) {
			if (named[i])
				continue;
			named[i] = any = true;
			actions[i] = action;
		}
	}
	return any;
}
