/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_kick.h - get a vCPU's thread out of the guest
 *
 * immediate_exit catches a thread on its way into the guest, a signal one that
 * is already there.
 *
 * Threads: main thread, except where another is named.
 */
#ifndef VMM_VCPU_KICK_H
#define VMM_VCPU_KICK_H

struct vcpu;

/* Install a signal handler that does nothing.  Call it before a vCPU is
 * started. */
void vcpu_kick_prepare(void);

/* Unblock the signal in the calling thread, a vCPU's: the process may have been
 * started with the signal blocked. */
void vcpu_kick_unblock(void);

/* Get @vcpu's thread, which was started, out of KVM_RUN: then it calls
 * vcpu_answer() or, if env->stop is set, it ends.  Main thread. */
void vcpu_kick(struct vcpu *vcpu);

#endif
