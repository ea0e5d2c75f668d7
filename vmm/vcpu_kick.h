/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_kick.h - have a vCPU's thread come out of the guest
 *
 * immediate_exit catches a thread on its way into the guest, a signal one that
 * is already there.
 *
 * Threads: main thread, but where another is named.
 */
#ifndef VMM_VCPU_KICK_H
#define VMM_VCPU_KICK_H

struct vcpu;

/* Give the signal a handler that does nothing, before a vCPU is started. */
void vcpu_kick_prepare(void);

/* Let it interrupt the calling thread, a vCPU's: whoever started the program
 * may have had it blocked. */
void vcpu_kick_unblock(void);

/* Make its thread, which was started, come out of KVM_RUN: then it calls
 * vcpu_answer() or, if env->stop is set, it ends.  Main thread. */
void vcpu_kick(struct vcpu *vcpu);

#endif
