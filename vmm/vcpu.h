/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu.h - a virtual processor and its thread
 *
 * A thread named vcpuN runs guest code until it needs the VMM, answers on
 * the port or MMIO bus, and goes back.  vcpu_kick() makes it come back
 * whatever it is doing: immediate_exit catches a thread on its way into the
 * guest, a signal one that is already there, be it spinning, halted or in an
 * instruction that KVM emulates.
 *
 * Threads: created, started, stopped and freed by the main thread; struct
 * vcpu_env is shared by all, and only its `stop` and `crashed` change while
 * they run.
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
struct kvm;
struct kvm_run;
struct mem;

/* What all vCPUs of a VM share. */
struct vcpu_env {
	struct bus *port, *mmio;
	const struct mem *mem;
	struct power power;
	/* NULL: there is no debugger. */
	const struct vcpu_debug *debug;
	/*
	 * The first that could not go on: see its `crash`.  Written once,
	 * with release, by its thread (cannot_go_on), read with acquire by
	 * vcpu_env_crash().
	 */
	const struct vcpu *crashed;
	/*
	 * No vCPU enters the guest again once this is set.  Written with
	 * release by whoever ends the VM (vcpu_env_stop), read with acquire
	 * by every vCPU before each entry; for one that has just looked,
	 * the kick that comes next is the backstop.
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
	/* When it was last kicked; atomic and relaxed. */
	uint64_t kicked_ns;
	struct vcpu_query query;
	struct vcpu_hold hold;
	/* Its thread's, until it is announced by vcpu_env.crashed. */
	struct vcpu_crash crash;
};

/* No vCPU of @env executes another guest instruction from its next exit on.
 * Any thread. */
void vcpu_env_stop(struct vcpu_env *env);

/* The state of the first vCPU that could not go on; NULL: all can.  Any
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
 * started, or the host does not say.  Main thread. */
uint64_t vcpu_used_ns(const struct vcpu *vcpu);

/* Wait for its thread to end: env->stop must be set, and then vcpu_kick()
 * have been called.  One that was never started is fine.  Main thread. */
void vcpu_join(struct vcpu *vcpu);

/* Free what vcpu_init() made; it must be stopped. */
void vcpu_free(struct vcpu *vcpu);

#endif
