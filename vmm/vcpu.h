/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu.h - a virtual processor and its thread
 *
 * A thread named vcpuN runs guest code until it needs the VMM, answers on the
 * port or MMIO bus, and enters the guest again. vcpu_kick() gets the thread out
 * of the guest whatever the guest is doing: immediate_exit catches a thread on
 * its way into the guest; a signal catches one that is already there, whether
 * it spins, is halted, or is in an instruction that KVM emulates.
 *
 * Threads: created, started, stopped and freed by the main thread.  All vCPUs
 * share struct vcpu_env, of which only `stop` and `crashed` change while they
 * run.
 */
#ifndef VMM_VCPU_H
#define VMM_VCPU_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/power.h"
#include "vmm/vcpu_crash.h"
#include "vmm/vcpu_hold.h"
#include "vmm/vcpu_kick.h"
#include "vmm/vcpu_snapshot.h"

struct boot_cpu;
struct bus;
struct coalesced;
struct exit_places;
struct kvm;
struct kvm_run;
struct mem;
struct trace;

/* What all vCPUs of a VM share. */
struct vcpu_env {
	struct bus *port, *mmio;
	const struct mem *mem;
	/* Port writes that KVM keeps for a while; NULL: it keeps none. */
	struct coalesced *coalesced;
	struct power power;
	/* NULL: there is no debugger. */
	const struct vcpu_debug *debug;
	/* Each vCPU has a histogram of what its exits are for, if there is
	 * memory for it. */
	bool places;
	/* Where to record what they do; NULL: nowhere. */
	struct trace *trace;
	/*
	 * The first vCPU that could not go on; its `crash` says why.  Written
	 * once, with release, by its thread (cannot_go_on), read with acquire
	 * by vcpu_env_crash().
	 */
	const struct vcpu *crashed;
	/*
	 * No vCPU enters the guest again once this is set.  Written with
	 * release by the thread that ends the VM (vcpu_env_stop), read with
	 * acquire by every vCPU before each entry.  A vCPU that has read it
	 * just before is stopped by the kick that follows.
	 */
	bool stop;
};

struct vcpu {
	struct vcpu_env *env;
	unsigned index;
	int fd;
	struct kvm_run *run;
	size_t run_size;
	pthread_t thread;
	bool started;
	/* Exits so far, by kind; written by the vCPU's thread alone, read
	 * by others at any time, hence atomic and relaxed. */
	uint64_t exits[VCPU_EXIT_KINDS];
	/* What they were for; NULL: nobody wants to know. */
	struct exit_places *places;
	/* Of env->trace. */
	uint16_t track;
	/* When it was last kicked, by now_ns(); atomic and relaxed. */
	uint64_t kicked_ns;
	struct vcpu_query query;
	struct vcpu_hold hold;
	/* Owned by its thread until vcpu_env.crashed announces it. */
	struct vcpu_crash crash;
};

/* Let each vCPU of @env end at its next exit, before it executes another guest
 * instruction.  Any thread. */
void vcpu_env_stop(struct vcpu_env *env);

/* The state of the first vCPU that could not go on; NULL: there is none.  Any
 * thread. */
const struct vcpu_crash *vcpu_env_crash(const struct vcpu_env *env);

/*
 * Create vCPU @index of @n_cpus.  The first one (@index 0) starts as @boot
 * says; the others wait for it to wake them.  Logs; -errno.
 */
int vcpu_init(struct vcpu *vcpu, const struct kvm *kvm, struct vcpu_env *env,
	      unsigned index, unsigned n_cpus, const struct boot_cpu *boot);

/* Start its thread.  Logs; -errno. */
int vcpu_start(struct vcpu *vcpu);

/* The processor time that its thread has used, in nanoseconds; 0: it was not
 * started, or the host does not tell.  Main thread. */
uint64_t vcpu_used_ns(const struct vcpu *vcpu);

/* Wait for its thread to end.  The caller has set env->stop and then called
 * vcpu_kick().  A vCPU that was never started is fine.  Main thread. */
void vcpu_join(struct vcpu *vcpu);

/* Free what vcpu_init() made; it must be stopped. */
void vcpu_free(struct vcpu *vcpu);

#endif
