/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_snapshot.h - what a virtual processor is doing, without stopping it
 *
 * KVM gives registers only between two KVM_RUNs, and only to the thread that
 * runs the vCPU.  So the vCPU's own thread is asked: it is kicked out of the
 * guest, reads the registers, and goes back.  That costs the guest some
 * microseconds.  An NMI is delivered in the same way.
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
	/* Halted by HLT until an interrupt comes. */
	VCPU_HALTED,
	/* The guest has not started it yet. */
	VCPU_WAITING,
};

struct vcpu_snapshot {
	/* 0, or why the rest is missing: -ETIMEDOUT if the thread did not get
	 * to run; -ESRCH before it is started and after it is joined; or KVM's
	 * error. */
	int error;
	/* now_ns() when it was taken. */
	uint64_t taken_ns;
	enum vcpu_activity activity;
	uint64_t rip;
	/* The address that `syscall` enters; 0 before an operating system sets
	 * it. */
	uint64_t syscall_entry;
	/* The privilege level, 0 to 3. */
	unsigned ring;
	/* RFLAGS.IF. */
	bool interrupts_on;
	bool nmi_pending;
	/* LINT0 turns the PICs' interrupts, such as the timer's, into NMIs. */
	bool nmi_from_pic;
	/* A hash of the general registers: almost certainly differs if one of
	 * them does. */
	uint64_t digest;
	/* The local APIC's interrupt request and in-service registers: vector
	 * N is bit N % 32 of word N / 32. */
	uint32_t irr[8], isr[8];
	/* Exits so far. */
	uint64_t exits[VCPU_EXIT_KINDS];
};

/* The question to one vCPU and its answer; part of struct vcpu. */
struct vcpu_query {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	/* The lock protects all fields below. */
	bool want_snapshot, want_nmi;
	/* Where to copy its stack to, with the snapshot; NULL: nowhere. */
	struct vcpu_stack *stack;
	/* The vCPU's thread is gone: any thread may read the registers. */
	bool closed;
	/* The last answer. */
	struct vcpu_snapshot snapshot;
};

void vcpu_query_init(struct vcpu_query *query);
void vcpu_query_free(struct vcpu_query *query);

/* Answer what has been asked.  The vCPU's thread, outside of KVM_RUN, when no
 * access of the guest is half done. */
void vcpu_answer(struct vcpu *vcpu);

/* The same for the last time: the thread will not enter the guest again. */
void vcpu_query_close(struct vcpu *vcpu);

/* Ask @vcpu what it is doing, or was doing when its thread ended, and let it
 * copy its stack to @stack, unless that is NULL.  Does not wait; @stack must
 * stay until vcpu_snapshot_take() has returned.  Main thread. */
void vcpu_snapshot_ask(struct vcpu *vcpu, struct vcpu_stack *stack);

/* Take the answer to vcpu_snapshot_ask().  That takes some microseconds; if the
 * host does not let the vCPU's thread run, it takes until now_ns() is
 * @until_ns.  Main thread. */
void vcpu_snapshot_take(struct vcpu *vcpu, struct vcpu_snapshot *snapshot,
			uint64_t until_ns);

/* Deliver a non-maskable interrupt to @vcpu soon.  Main thread. */
void vcpu_nmi(struct vcpu *vcpu);

/* "port", "MMIO" ... */
const char *vcpu_exit_name(enum vcpu_exit kind);

#endif
