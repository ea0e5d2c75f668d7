/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_kick.h - have a vCPU's thread come out of the guest
 *
 * immediate_exit catches a thread on its way into the guest, a signal one that
 * is already there.
 *
 * Threads: main thread.
 */
#ifndef VMM_VCPU_KICK_H
#define VMM_VCPU_KICK_H

#include <signal.h>

struct vcpu;

/* Interrupts KVM_RUN; nothing else is done with it.  A standard signal arrives
 * also where RLIMIT_SIGPENDING lets nothing be queued; and one that is ignored
 * by default does no harm when others send it. */
#define KICK_SIGNAL SIGURG

/* Give the signal a handler that does nothing, before a vCPU is started. */
void vcpu_kick_prepare(void);

/* Make its thread, which was started, come out of KVM_RUN: then it calls
 * vcpu_answer() or, if env->stop is set, it ends.  Main thread. */
void vcpu_kick(struct vcpu *vcpu);

#endif
