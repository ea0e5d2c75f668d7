/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpuid.h - what CPUID says on each virtual processor
 *
 * The leaves that KVM supports, completed with what KVM cannot know: the APIC
 * id of this processor, one package of @n_cpus single-threaded cores, the TSC's
 * frequency, and the processor's name, which is the host's.  References: Intel
 * SDM volume 2A "CPUID", AMD APM volume 3 appendix E,
 * Documentation/virt/kvm/x86/cpuid.rst.
 */
#ifndef VMM_CPUID_H
#define VMM_CPUID_H

#include <stdint.h>

struct kvm;
struct kvm_cpuid2;

/*
 * Set up CPUID of the vCPU @fd with APIC id @index of @n_cpus, whose TSC runs
 * at @tsc_khz (0: unknown).  Logs; -errno.
 */
int cpuid_set(const struct kvm *kvm, int fd, unsigned index, unsigned n_cpus,
	      uint32_t tsc_khz);

/* Length of a processor's name, padded with zeros: leaves 0x80000002 to 4. */
#define CPUID_BRAND_LEN 48

/*
 * Give @cpuid, which has room for @room entries, the processor's name @brand;
 * if that is blank, the name is "minivmm".
 */
void cpuid_name(struct kvm_cpuid2 *cpuid, unsigned room,
		const char brand[CPUID_BRAND_LEN]);

/* The part of cpuid_set() that needs no KVM, public for its test: fit @cpuid,
 * which has room for @room entries, to the processor. */
void cpuid_fit(struct kvm_cpuid2 *cpuid, unsigned room, unsigned index,
	       unsigned n_cpus, uint32_t tsc_khz);

#endif
