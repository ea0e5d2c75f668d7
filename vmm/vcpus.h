/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpus.h - all processors of a machine
 *
 * Threads: main thread.
 */
#ifndef VMM_VCPUS_H
#define VMM_VCPUS_H

#include "base/count.h"
#include "vmm/vcpu.h"

/* Empty, all zero, until it is created. */
struct vcpu_set {
	struct vcpu *vcpu;
	unsigned n;
};

/*
 * Create @n processors on @kvm, which share @env; the first starts as @boot
 * says.  Logs; -errno, and vcpu_set_free() is to be called all the same.
 */
int vcpu_set_create(struct vcpu_set *set, const struct kvm *kvm,
		    struct vcpu_env *env, unsigned n,
		    const struct boot_cpu *boot);

/* Let them run.  Logs; -errno. */
int vcpu_set_start(struct vcpu_set *set);

/* Bring all to a halt and wait for their threads' ends; the stop of their
 * vcpu_env must be set. */
void vcpu_set_stop(struct vcpu_set *set);

/*
 * What each of them is doing, into @snapshots, an array of as many.  They are
 * asked at the same time and share one deadline: see vcpu_snapshot_take().
 * @stacks, if not NULL, is an array of as many for copies of their stacks.
 */
void vcpu_set_snapshot(struct vcpu_set *set, struct vcpu_snapshot *snapshots,
		       struct vcpu_stack *stacks);

/* Show their counters, a group for each; and what those are called. */
void vcpu_set_show(const struct vcpu_set *set, const struct count_view *view);
extern const struct count_table vcpu_counters;

/* Free them, and say at level info what they cost; they must be stopped. */
void vcpu_set_free(struct vcpu_set *set);

#endif
