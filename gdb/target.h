/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target.h - a machine as a debugger sees it
 *
 * Its processors are threads, numbered from 0.  All of them stop and are
 * resumed together; what is asked for here is asked while they are stopped,
 * but for interrupt().
 *
 * Threads: all functions are called on the server's thread.
 */
#ifndef GDB_TARGET_H
#define GDB_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gdb/registers.h"

struct text;

/* Processors that a debugger can tell apart. */
enum { GDB_THREADS = 256 };

/* What a processor does when the machine is resumed. */
enum gdb_action {
	GDB_STAY,
	GDB_CONTINUE,
	/* Execute one instruction. */
	GDB_STEP,
};

/* The type in Z and z packets. */
enum gdb_breakpoint {
	GDB_SOFTWARE,
	GDB_HARDWARE,
	GDB_WATCH_WRITE,
	GDB_WATCH_READ,
	GDB_WATCH_ACCESS,
	GDB_BREAKPOINTS,
};

/* Numbers of signals as in GDB's protocol. */
enum { GDB_SIGNONE = 0, GDB_SIGINT = 2, GDB_SIGTRAP = 5, GDB_SIGKILL = 9 };

/* Why the machine has stopped. */
struct gdb_stop {
	unsigned thread, signal;
	/* At what, or GDB_BREAKPOINTS: at none of these. */
	enum gdb_breakpoint at;
	/* The address that is watched. */
	uint64_t addr;
};

struct gdb_target {
	/* How many there are, 1 at least. */
	unsigned (*threads)(void *arg);
	/* For people: "vCPU 0 [halted]". */
	void (*describe)(void *arg, unsigned thread, struct text *text);
	/* -errno. */
	int (*get_registers)(void *arg, unsigned thread,
			     struct gdb_registers *registers);
	int (*set_registers)(void *arg, unsigned thread,
			     const struct gdb_registers *registers);
	/* Memory as @thread sees it.  How many bytes could be read, from the
	 * first on. */
	size_t (*read)(void *arg, unsigned thread, uint64_t addr, void *out,
		       size_t len);
	/* All or nothing; -errno. */
	int (*write)(void *arg, unsigned thread, uint64_t addr,
		     const void *data, size_t len);
	/* -errno.  Removing what is not there is fine. */
	int (*insert)(void *arg, unsigned thread, enum gdb_breakpoint type,
		      uint64_t addr, uint64_t len);
	void (*remove)(void *arg, enum gdb_breakpoint type, uint64_t addr,
		       uint64_t len);
	/* One action for each thread.  gdb_server_stopped() is called once,
	 * later. */
	void (*resume)(void *arg, const enum gdb_action *actions);
	/* Stop soon; one that has stopped meanwhile is fine. */
	void (*interrupt)(void *arg);
	/* The debugger leaves: the machine goes on without it, or ends. */
	void (*detach)(void *arg);
	void (*kill)(void *arg);
	/* Do what the user's command @line says; the answer goes to @out. */
	void (*monitor)(void *arg, unsigned thread, const char *line,
			FILE *out);
};

#endif
