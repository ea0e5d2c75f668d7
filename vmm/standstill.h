/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * standstill.h - notices when all processors are halted for ever
 *
 * A processor that executes HLT with interrupts off is only woken by a
 * non-maskable interrupt.  If all that the guest has started are, and none can
 * come, nothing will ever happen again.  KVM does not tell of HLT, so this is
 * looked for from time to time: four times a second while the guest is busy,
 * and less and less often, down to every sixteen seconds, while it hardly uses
 * any time.  Only the time that the vCPUs' threads have used is looked at,
 * until it is next to none; only then are the vCPUs asked where they are, and
 * only when three answers in a row, with all their registers, are the same is
 * it told.
 *
 * A processor that the guest has not started counts for nothing, as nobody is
 * left who could start it.  What can send an NMI without a processor's help is
 * looked at: local APICs' LINT0, IOAPIC, messages (kvm_wake.h).  Whoever lets a
 * debugger change a halted processor has to stop this meanwhile.
 *
 * Threads: main thread.
 */
#ifndef VMM_STANDSTILL_H
#define VMM_STANDSTILL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"
#include "vmm/vcpu_snapshot.h"

struct kvm;
struct kvm_messages;
struct text;
struct symbols;
struct vcpu_set;

struct standstill {
	struct loop *loop;
	struct vcpu_set *vcpus;
	const struct kvm *kvm;
	struct kvm_messages *msi;
	/* Told once. */
	void (*found)(void *arg);
	void *arg;
	struct loop_timer timer;
	/* Until the next look; when the last one was, and how much time the
	 * vCPUs' threads had used by then. */
	uint64_t interval_ns, looked_ns, used_ns;
	/* Answers in a row that were the same, and one per vCPU of them, and
	 * of the current one. */
	unsigned same;
	struct vcpu_snapshot *before, *now;
};

/* Begin to look at @vcpus, which run on @kvm; all must stay.  Logs; -ENOMEM,
 * and standstill_stop() is fine. */
int standstill_start(struct standstill *standstill, struct loop *loop,
		     struct vcpu_set *vcpus, const struct kvm *kvm,
		     struct kvm_messages *msi, void (*found)(void *arg),
		     void *arg);

/* Do not look while a debugger holds the processors; then begin anew. */
void standstill_hold(struct standstill *standstill, bool held);

/* Look no more.  One that is all zero is fine. */
void standstill_stop(struct standstill *standstill);

/* Whether nothing in @n answers can ever go on by itself. */
bool standstill_is(const struct vcpu_snapshot *snapshots, unsigned n);

/* Add to @text where they stand: "vCPU 0 at 0x1234 (function+0x4), ...". */
void standstill_describe(const struct standstill *standstill,
			 const struct symbols *symbols, struct text *text);

#endif
