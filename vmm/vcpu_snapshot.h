/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_snapshot.h - what a virtual processor is doing, without stopping it
 *
 * KVM gives registers away only between two KVM_RUNs, and to whoever holds
 * the vCPU, so the vCPU's own thread is asked: it is kicked out of the guest,
 * reads them, and goes back.  That costs the guest some microseconds.  An NMI
 * is delivered on the same occasion.
 *
 * Threads: asked by the main thread, answered by the vCPU's.
 */
#ifndef VMM_VCPU_SNAPSHOT_H
#define VMM_VCPU_SNAPSHOT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

struct vcpu;
struct vcpu_stack;

/* How long all processors together may take to answer. */
#define VCPU_SNAPSHOT_NS (500 * NSEC_PER_MSEC)

/* Why vCPUs came back to the VMM. */
enum vcpu_exit {
	VCPU_EXIT_PORT,
	VCPU_EXIT_MMIO,
	VCPU_EXIT_SIGNAL,
	VCPU_EXIT_OTHER,
	VCPU_EXIT_KINDS,
};

enum vcpu_activity {
	VCPU_RUNNING,
	/* In HLT, until an interrupt. */
	VCPU_HALTED,
	/* Not started by the guest yet. */
	VCPU_WAITING,
};

struct vcpu_snapshot {
	/* 0, or why there is nothing else: -ETIMEDOUT if the thread did not
	 * get to run; -ESRCH before it was started and after it was joined;
	 * or what KVM said. */
	int error;
	/* now_ns() when it was taken. */
	uint64_t taken_ns;
	enum vcpu_activity activity;
	uint64_t rip;
	/* Where `syscall` leads; 0 before an operating system sets it. */
	uint64_t syscall_entry;
	/* The privilege level, 0 to 3. */
	unsigned ring;
	/* RFLAGS.IF. */
	bool interrupts_on;
	bool nmi_pending;
	/* LINT0 turns what the PICs raise, such as the timer, into NMIs. */
	bool nmi_from_pic;
	/* Differs, in all likelihood, if any general register does. */
	uint64_t digest;
	/* The local APIC's interrupt request and in-service registers: vector
	 * N is bit N % 32 of word N / 32. */
	uint32_t irr[8], isr[8];
	/* Exits so far. */
	uint64_t exits[VCPU_EXIT_KINDS];
};

/* What one vCPU has been asked and has answered; part of struct vcpu. */
struct vcpu_query {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	/* All below under the lock. */
	bool want_snapshot, want_nmi;
	/* Where to copy its stack to, with the snapshot; NULL: nowhere. */
	struct vcpu_stack *stack;
	/* The thread has gone; the registers are anybody's. */
	bool closed;
	/* The last answer. */
	struct vcpu_snapshot snapshot;
};

void vcpu_query_init(struct vcpu_query *query);
void vcpu_query_free(struct vcpu_query *query);

/* What has been asked is answered now.  The vCPU's thread, outside of
 * KVM_RUN, when no access of the guest's is half done. */
void vcpu_answer(struct vcpu *vcpu);

/* The same for the last time: the thread enters the guest no more. */
void vcpu_query_close(struct vcpu *vcpu);

/* Have @vcpu say what it is doing, or was when its thread ended, and copy its
 * stack to @stack, unless that is NULL.  Does not wait; @stack stays until
 * vcpu_snapshot_take() has returned.  Main thread. */
void vcpu_snapshot_ask(struct vcpu *vcpu, struct vcpu_stack *stack);

/* Its answer, once it has been asked: takes some microseconds, or, on a host
 * that does not let the thread run, until now_ns() is @until_ns.  Main thread.
 */
void vcpu_snapshot_take(struct vcpu *vcpu, struct vcpu_snapshot *snapshot,
			uint64_t until_ns);

/* Deliver a non-maskable interrupt to @vcpu soon.  Main thread. */
void vcpu_nmi(struct vcpu *vcpu);

/* "port", "MMIO" ... */
const char *vcpu_exit_name(enum vcpu_exit kind);

#endif
