/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_state.h - the registers of a virtual processor
 *
 * All functions take a vCPU's descriptor; main thread, before it runs, but
 * for vcpu_state_syscall_entry(), which its own thread may call.
 */
#ifndef VMM_VCPU_STATE_H
#define VMM_VCPU_STATE_H

#include <stdint.h>

struct boot_cpu;

/*
 * The state a firmware hands over: local APIC in virtual-wire mode, caching
 * enabled by the MTRRs, and, for the boot processor, the registers @boot
 * asks for.  @boot NULL: an application processor, waiting for SIPI.  Logs;
 * -errno.  Intel SDM volume 3A, chapters 10 (APIC) and 11 (MTRRs).
 */
int vcpu_state_reset(int fd, unsigned index, const struct boot_cpu *boot);

/* The frequency of its time-stamp counter in kHz; 0: not known. */
uint32_t vcpu_state_tsc_khz(int fd);

/* Where `syscall` leads (MSR LSTAR); 0 before an operating system sets it, or
 * if KVM does not say. */
uint64_t vcpu_state_syscall_entry(int fd);

#endif
