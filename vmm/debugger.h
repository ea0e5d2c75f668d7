/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugger.h - a machine that can be stopped and looked at
 *
 * The machine's processors stop and go on together.  The first one that reaches
 * a breakpoint, or a debugger's Ctrl-C, stops all of them; when all are held,
 * the debugger is told about one.  If another processor has reached a
 * breakpoint or a watchpoint at the same time, its stop is kept: the debugger
 * is told of it when the machine is to go on.  That processor might otherwise
 * not come to the breakpoint again, as it may take an interrupt first.
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

#include "base/loop.h"
#include "gdb/connection.h"
#include "gdb/points.h"
#include "vmm/vcpu_hold.h"

struct kvm;
struct vm;

/* What the debugger asks of the program. */
struct debugger_user {
	/* The guest stands still from now on (@held), or goes on. */
	void (*held)(void *arg, bool held);
	/* The run is to end. */
	void (*killed)(void *arg);
	/* The machine that was kept after its end is not needed any more. */
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
	/* The signal to report if the machine stops although no vCPU has
	 * reached a breakpoint. */
	unsigned signal;
	/* The processors that the debugger did not let go with the others: it
	 * does not expect to be told of them. */
	bool stays[GDB_THREADS];
	/* A debugger is connected and has not detached. */
	bool attached;
	/* The debugger leaves when all are held. */
	bool leaving;
	/* The machine waits until a debugger lets it go; a lost connection does
	 * not let it go. */
	bool waits;
	/* A new machine stops at its beginning. */
	bool reset_stops;
	/* The user typed `monitor reset`: reset when the machine goes on. */
	bool reset_asked;
	/* The processors have ended; the machine can only be looked at. */
	bool dead;
	/* For how long a dead machine waits for a debugger, and the timer of
	 * that. */
	uint64_t patience_ns;
	struct loop_timer nobody;
	/* The debugger's memory addresses are physical. */
	bool physical;
	/* The value of KVM's clock when the machine was stopped. */
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
/* Close the connections; there must be no machine any more. */
void debugger_close(struct debugger *debugger);

/* debugger_begin(): @vm is about to run. debugger_end(): its processors have
 * ended and are about to be freed. */
void debugger_begin(struct debugger *debugger, struct vm *vm);
void debugger_end(struct debugger *debugger);

/* The machine's processors have ended with @signal.  The machine is kept, so
 * that the debugger can look at it, until released() is called: after it has
 * left, or if none is there for @patience_ns (0: however long). */
void debugger_post_mortem(struct debugger *debugger, unsigned signal,
			  uint64_t patience_ns);

/* Tell the debugger that the run ends with @code, or by a signal. */
void debugger_exited(struct debugger *debugger, unsigned code, bool killed);

#endif
