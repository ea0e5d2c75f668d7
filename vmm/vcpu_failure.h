/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_failure.h - a processor that cannot go on: by whose fault
 *
 * KVM gives up for two kinds of reasons: the guest is in a state from which no
 * processor could go on sensibly, or KVM itself cannot do what a processor can.
 * The first is the guest's end, and another host would see the same; the
 * second is this host's.
 */
#ifndef VMM_VCPU_FAILURE_H
#define VMM_VCPU_FAILURE_H

#include "base/power.h"

struct vcpu;

/*
 * POWER_CRASHED or POWER_FAILED by the exit in @vcpu->run, which is one that
 * the VMM has no answer to; *@by is a short reason, which stays.  Logs a line.
 * @vcpu's thread.
 */
enum power_request vcpu_failure(const struct vcpu *vcpu, const char **by);

#endif
