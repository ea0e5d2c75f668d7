/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_hold.h - a virtual processor that a debugger holds
 *
 * A vCPU that is held stays outside of KVM_RUN, with no access half done, and
 * waits for a kick.  So a held vCPU, too, notices everything that it is kicked
 * for, be it a question or the end.  Meanwhile the main thread may use its
 * descriptor.
 *
 * A vCPU holds itself when it reaches what the debugger waits for: a
 * breakpoint, a watchpoint, the end of a step.  It calls told() then.
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

/* What all vCPUs of a machine with a debugger share. */
struct vcpu_debug {
	/* They change only while all are held, so the vCPUs' threads read them
	 * without a lock. */
	const struct gdb_points *points;
	/* KVM_GUESTDBG_BLOCKIRQ, if KVM has it; without it a step that takes an
	 * interrupt ends in the handler. */
	uint32_t step_control;
	/* Called when a vCPU becomes held, on its thread. */
	void (*told)(void *arg);
	void *arg;
};

/* Why a vCPU holds itself. */
struct vcpu_stop {
	/* The vCPU has a reason. */
	bool any;
	/* GDB_BREAKPOINTS: the end of a step. */
	enum gdb_breakpoint at;
	uint64_t addr;
};

struct vcpu_hold {
	pthread_mutex_t lock;
	/* The vCPU is to be held; and it is held.  Both under the lock. */
	bool wanted, held;
	/* Changed by the main thread while the vCPU is held, otherwise by the
	 * vCPU's own thread, both under the lock. */
	struct vcpu_stop stop;
	bool stepping;
	/* Where the step began. */
	uint64_t step_rip;
};

void vcpu_hold_init(struct vcpu_hold *hold);
void vcpu_hold_free(struct vcpu_hold *hold);

/* Have @vcpu held soon; if it was not started, before its first instruction. */
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
 * If the vCPU is to be held, wait for the next kick; the caller then answers it
 * and calls again.  False: it is not to be held, or there is no debugger.  The
 * vCPU's thread, outside of KVM_RUN, when no access is half done and after
 * run->immediate_exit was set to 0.
 */
bool vcpu_hold_wait(struct vcpu *vcpu);

/* Handle the last exit if it is one for the debugger.  False: it is not.  The
 * vCPU's thread. */
bool vcpu_hold_exit(struct vcpu *vcpu);

/* Call after an access was completed, so that the end of a step is noticed.
 * The vCPU's thread. */
void vcpu_hold_accessed(struct vcpu *vcpu);

#endif
