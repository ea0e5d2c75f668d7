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
 * Create @n processors on @kvm, which share @env.  The first one starts as
 * @boot says.  Logs; -errno, and vcpu_set_free() must be called all the same.
 */
int vcpu_set_create(struct vcpu_set *set, const struct kvm *kvm,
		    struct vcpu_env *env, unsigned n,
		    const struct boot_cpu *boot);

/* Let them run.  Logs; -errno. */
int vcpu_set_start(struct vcpu_set *set);

/* Stop all vCPUs and wait for their threads to end; their vcpu_env's stop must
 * be set. */
void vcpu_set_stop(struct vcpu_set *set);

/*
 * Ask all vCPUs at once what they are doing.  @snapshots is an array with one
 * element for each, and so is @stacks, for copies of their stacks, unless it is
 * NULL.  All share one deadline: see vcpu_snapshot_take().
 */
void vcpu_set_snapshot(struct vcpu_set *set, struct vcpu_snapshot *snapshots,
		       struct vcpu_stack *stacks);

/* Show the counters, a group for each vCPU; and the names of the counters. */
void vcpu_set_show(const struct vcpu_set *set, const struct count_view *view);
extern const struct count_table vcpu_counters;

/* Free the vCPUs, which must be stopped, and log their numbers of exits at
 * level info. */
void vcpu_set_free(struct vcpu_set *set);

#endif
