/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_state.h - the registers of a virtual processor
 *
 * All functions take a vCPU's descriptor.  Threads: the main thread, before the
 * vCPU runs; vcpu_state_syscall_entry() also the vCPU's own.
 */
#ifndef VMM_VCPU_STATE_H
#define VMM_VCPU_STATE_H

#include <stdint.h>

struct boot_cpu;

/*
 * Set the state in which a firmware leaves a processor: local APIC in
 * virtual-wire mode, caching enabled by the MTRRs and, for the boot processor,
 * the registers that @boot asks for.  @boot NULL: an application processor,
 * which waits for SIPI.  Logs; -errno.  Intel SDM volume 3A, chapters 10 (APIC)
 * and 11 (MTRRs).
 */
int vcpu_state_reset(int fd, unsigned index, const struct boot_cpu *boot);

/* The frequency of its time-stamp counter in kHz; 0: not known. */
uint32_t vcpu_state_tsc_khz(int fd);

/* The address that `syscall` enters (MSR LSTAR); 0 before an operating system
 * sets it, or if KVM does not tell. */
uint64_t vcpu_state_syscall_entry(int fd);

#endif
