/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_failure.h - whose fault it is that a processor cannot go on
 *
 * KVM gives up for two kinds of reasons: the guest is in a state from which no
 * processor could go on sensibly, or KVM itself cannot do what a processor can.
 * The first is the guest's fault, and another host would show the same; the
 * second is the fault of this host.
 */
#ifndef VMM_VCPU_FAILURE_H
#define VMM_VCPU_FAILURE_H

#include "base/power.h"

struct vcpu;

/*
 * Judge the exit in @vcpu->run, which the VMM has no answer to: POWER_CRASHED
 * or POWER_FAILED.  *@by becomes a short reason, a constant string.  Logs a
 * line.  @vcpu's thread.
 */
enum power_request vcpu_failure(const struct vcpu *vcpu, const char **by);

#endif
