/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugger_internal.h - what the files of the debugger share
 *
 * Each calls only those before it: debugger_run.c, debugger_monitor.c,
 * debugger_target.c, debugger.c.
 *
 * Threads: main thread.
 */
#ifndef VMM_DEBUGGER_INTERNAL_H
#define VMM_DEBUGGER_INTERNAL_H

#include "vmm/debugger.h"

/* debugger_run.c: stop the machine soon.  @signal is reported if no vCPU
 * reaches a breakpoint before.  A machine that does not run is fine. */
void debugger_stop(struct debugger *debugger, unsigned signal);
/* Let a machine that has stopped go on, each vCPU by its action. */
void debugger_resume(struct debugger *debugger, const enum gdb_action *actions);
/* The debugger detaches or is lost, whatever it was doing. */
void debugger_leave(struct debugger *debugger);
/* All vCPUs are held: choose the one that the debugger is told about. */
void debugger_choose_stop(struct debugger *debugger);
/* On the loop, after any vCPU was held; @arg is the debugger. */
void debugger_look(void *arg);

/* debugger_monitor.c: do what the user's command @line says. */
void debugger_monitor(struct debugger *debugger, unsigned thread,
		      const char *line, FILE *out);
/* Describe the state of @thread, for people. */
void debugger_describe(const struct debugger *debugger, unsigned thread,
		       struct text *text);

/* debugger_target.c: the machine for the server. */
extern const struct gdb_target debugger_target;

#endif
