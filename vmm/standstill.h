/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * standstill.h - notices when all processors are halted for ever
 *
 * A processor that executes HLT with interrupts off is only woken by a
 * non-maskable interrupt.  If all processors that the guest has started are
 * halted like that, and no NMI can come, nothing will ever happen again.  KVM
 * does not report HLT, so this is looked for from time to time: four times a
 * second while the guest is busy, and less and less often, down to every
 * sixteen seconds, while it uses hardly any processor time.
 *
 * A look costs the guest nothing while it is busy: only the time that the
 * vCPUs' threads have used is read.  If they have used next to none, the vCPUs
 * are asked where they are.  If three answers in a row are the same, with all
 * registers, found() is called.
 *
 * A processor that the guest has not started does not count, as no processor is
 * left that could start it.  Local APICs' LINT0, the IOAPIC and messages can
 * send an NMI without a processor's help, so they are looked at, too (wake.h).
 * Whoever lets a debugger change a halted processor must call standstill_hold()
 * meanwhile.
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
	/* Called once. */
	void (*found)(void *arg);
	void *arg;
	struct loop_timer timer;
	/* The time until the next look; when the last look was, and how much
	 * time the vCPUs' threads had used by then. */
	uint64_t interval_ns, looked_ns, used_ns;
	/* How many answers in a row were the same; the last answer of each
	 * vCPU, and the current one. */
	unsigned same;
	struct vcpu_snapshot *before, *now;
};

/* Begin to watch @vcpus, which run on @kvm; all arguments must stay.  Logs;
 * -ENOMEM, and standstill_stop() may be called all the same. */
int standstill_start(struct standstill *standstill, struct loop *loop,
		     struct vcpu_set *vcpus, const struct kvm *kvm,
		     struct kvm_messages *msi, void (*found)(void *arg),
		     void *arg);

/* Do not look while a debugger holds the processors; then begin anew. */
void standstill_hold(struct standstill *standstill, bool held);

/* End the watch.  A struct that is all zero is fine. */
void standstill_stop(struct standstill *standstill);

/* Whether, by these @n answers, no vCPU can ever go on by itself. */
bool standstill_is(const struct vcpu_snapshot *snapshots, unsigned n);

/* Add to @text where the vCPUs are: "vCPU 0 at 0x1234 (function+0x4), ...". */
void standstill_describe(const struct standstill *standstill,
			 const struct symbols *symbols, struct text *text);

#endif
