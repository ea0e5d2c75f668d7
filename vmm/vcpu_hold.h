/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_hold.h - a virtual processor that a debugger holds
 *
 * A vCPU that is held stays outside of KVM_RUN, with no access half done, and
 * waits for a kick; so all that kicks a vCPU, be it a question or the end,
 * reaches one that is held as well.  Meanwhile the main thread may use its
 * descriptor.
 *
 * A vCPU holds itself when it comes to what the debugger wants to see:
 * a breakpoint, a watchpoint, the end of a step.  It says so by told().
 *
 * Threads: the main thread holds and releases; the vCPU's thread waits.
 */
#ifndef VMM_VCPU_HOLD_H
#define VMM_VCPU_HOLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "gdb/points.h"

struct vcpu;

/* What the vCPUs of a machine share that may be debugged. */
struct vcpu_debug {
	/* They change only while all are held, so the vCPUs' threads read them
	 * without a lock. */
	const struct gdb_points *points;
	/* KVM_GUESTDBG_BLOCKIRQ, if KVM has it: a step that takes an interrupt
	 * ends in its handler. */
	uint32_t step_control;
	/* A vCPU has become one that is held.  Its thread. */
	void (*told)(void *arg);
	void *arg;
};

/* Why a vCPU holds itself. */
struct vcpu_stop {
	/* It does. */
	bool any;
	/* GDB_BREAKPOINTS: the end of a step. */
	enum gdb_breakpoint at;
	uint64_t addr;
};

struct vcpu_hold {
	pthread_mutex_t lock;
	/* It is to be held; and it is.  Both under the lock. */
	bool wanted, held;
	/* The main thread changes these while it is held, its own thread else,
	 * both under the lock. */
	struct vcpu_stop stop;
	bool stepping;
	/* Where the step began. */
	uint64_t step_rip;
};

void vcpu_hold_init(struct vcpu_hold *hold);
void vcpu_hold_free(struct vcpu_hold *hold);

/* Have @vcpu held soon; before it is started: from its beginning. */
void vcpu_hold_ask(struct vcpu *vcpu);

/* Whether it is held. */
bool vcpu_is_held(struct vcpu *vcpu);

/* Set how a held vCPU is to go on: with which breakpoints, and whether for one
 * instruction.  @points NULL: as if there were no debugger.  -errno. */
int vcpu_hold_prepare(struct vcpu *vcpu, const struct gdb_points *points,
		      bool step);

/* Let it go on. */
void vcpu_hold_release(struct vcpu *vcpu);

/*
 * If it is to be held, wait for the next kick: then ask again.  False: it is
 * not, or it may not be debugged.  The vCPU's thread, outside of KVM_RUN, when
 * no access is half done and after run->immediate_exit was set to 0.
 */
bool vcpu_hold_wait(struct vcpu *vcpu);

/* Look at an exit that may be the debugger's.  True: it was, and has been dealt
 * with.  The vCPU's thread. */
bool vcpu_hold_exit(struct vcpu *vcpu);

/* After an access that was completed: have a step that it ended noticed.  The
 * vCPU's thread. */
void vcpu_hold_accessed(struct vcpu *vcpu);

#endif
