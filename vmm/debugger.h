/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugger.h - a machine that can be stopped and looked at
 *
 * The machine's processors stop and go on together.  The first that comes to a
 * breakpoint, or a debugger's Ctrl-C, stops all; when all are held, the
 * debugger is told of one of them.  Others that came to a breakpoint at the
 * same time stand at it still, and come to it again; what a watchpoint saw
 * meanwhile is told when the machine is to go on.
 *
 * The debugger outlives the machine: after a reset the new one stops before its
 * first instruction.
 *
 * Threads: main thread.
 */
#ifndef VMM_DEBUGGER_H
#define VMM_DEBUGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "gdb/connection.h"
#include "gdb/points.h"
#include "vmm/vcpu_hold.h"

struct kvm;
struct vm;

/* What the debugger asks of the program. */
struct debugger_user {
	/* The guest stands still from now on, or goes on. */
	void (*held)(void *arg, bool held);
	/* The run is to end. */
	void (*killed)(void *arg);
	/* The machine that was kept for a look after its end is done with. */
	void (*released)(void *arg);
	/* Print the counters. */
	void (*stats)(void *arg, FILE *out);
	void *arg;
};

enum debugger_state {
	/* There is no machine. */
	DEBUGGER_NO_MACHINE,
	DEBUGGER_RUNNING,
	/* The processors have been asked to hold. */
	DEBUGGER_STOPPING,
	DEBUGGER_STOPPED,
};

struct debugger {
	/* The machine, for the server. */
	const struct gdb_target *target;
	const struct kvm *kvm;
	struct loop *loop;
	struct debugger_user user;
	struct gdb_connection connection;
	struct gdb_points points;
	struct vcpu_debug debug;
	/* A vCPU is held; from its thread. */
	struct loop_work told;
	struct vm *vm;
	enum debugger_state state;
	/* Why it last stopped. */
	struct gdb_stop stop;
	/* It is to stop although no vCPU has come to anything: with this
	 * signal. */
	unsigned signal;
	/* Somebody is connected, and has not left. */
	bool attached;
	/* The debugger leaves when all are held. */
	bool leaving;
	/* The machine waits for a debugger to let it go: it does not go on when
	 * one is gone. */
	bool waits;
	/* A new machine stops at its beginning. */
	bool reset_stops;
	/* `monitor reset`: when it goes on. */
	bool reset_asked;
	/* Its processors have ended, and it is only looked at. */
	bool dead;
	/* Memory is read and written by physical addresses. */
	bool physical;
	/* KVM's clock while it stands. */
	bool has_clock;
	uint64_t clock;
};

/*
 * Listen at @where for debuggers, find out what @kvm can do, and say what it
 * cannot; with @wait the first machine stands still until one lets it go.
 * @kvm and @loop must stay.  Logs; -errno, and debugger_close() is fine.
 */
int debugger_open(struct debugger *debugger, const char *where, bool wait,
		  const struct kvm *kvm, struct loop *loop,
		  const struct debugger_user *user);
/* There is no machine any more. */
void debugger_close(struct debugger *debugger);

/* @vm is about to run; and its processors have ended and are to be freed. */
void debugger_begin(struct debugger *debugger, struct vm *vm);
void debugger_end(struct debugger *debugger);

/* The machine's processors have ended, and are kept for a look: until
 * released() is called. */
void debugger_post_mortem(struct debugger *debugger, unsigned signal);

/* Tell the debugger that the run ends with @code, or by a signal. */
void debugger_exited(struct debugger *debugger, unsigned code, bool killed);

#endif
