/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpuid.h - what CPUID says on each virtual processor
 *
 * KVM's supported leaves, less what it cannot know: the APIC id of this
 * processor, one package of @n_cpus single-threaded cores, the TSC's
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

/* What a processor is called, padded with zeros: leaves 0x80000002 to 4. */
#define CPUID_BRAND_LEN 48

/*
 * Give @cpuid, which has room for @room entries, the processor's name @brand;
 * if that is blank, the name is "minivmm".
 */
void cpuid_name(struct kvm_cpuid2 *cpuid, unsigned room,
		const char brand[CPUID_BRAND_LEN]);

/* The pure part of it: fits @cpuid, which has room for @room entries, to the
 * processor.  For tests. */
void cpuid_fit(struct kvm_cpuid2 *cpuid, unsigned room, unsigned index,
	       unsigned n_cpus, uint32_t tsc_khz);

#endif
