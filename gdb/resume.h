/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resume.h - which thread does what when the machine goes on
 *
 * Threads: any; nothing is kept.
 */
#ifndef GDB_RESUME_H
#define GDB_RESUME_H

#include <stdbool.h>

#include "gdb/target.h"

/* Every thread does @action. */
void gdb_all_threads(enum gdb_action actions[GDB_THREADS],
		     enum gdb_action action);

/* @thread alone does, and the others stay. */
void gdb_one_thread(enum gdb_action actions[GDB_THREADS], unsigned thread,
		    enum gdb_action action);

/*
 * Of the text behind vCont: for each thread the first action that names it or
 * all; those that none names stay.  False: it is malformed, names a thread
 * beyond the first @n, or lets nobody go on.
 */
bool gdb_parse_vcont(const char *text, unsigned n,
		     enum gdb_action actions[GDB_THREADS]);

#endif
