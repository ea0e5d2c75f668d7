/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_crash.h - the state of a processor that cannot go on
 *
 * The vCPU's thread reads it after the last exit and before it requests the
 * machine's end.  It does not change any more after that.
 */
#ifndef VMM_VCPU_CRASH_H
#define VMM_VCPU_CRASH_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* Code around the instruction pointer. */
enum { VCPU_CRASH_BEFORE = 16, VCPU_CRASH_CODE = 32 };

struct vcpu_crash {
	unsigned index;
	/* KVM did not give the registers. */
	bool unknown;
	/* The registers are those after a reset: after a shutdown the processor
	 * does not keep the old ones (AMD APM volume 2, section 15.14.3). */
	bool forgotten;
	uint64_t rip, cs_base, rsp, rflags;
	uint64_t cr0, cr2, cr3, cr4, efer;
	/* The last exception; -1: KVM reports none. */
	int vector;
	bool has_error_code;
	uint32_t error_code;
	unsigned ring;
	uint64_t idt_base, gdt_base;
	uint16_t idt_limit, gdt_limit;
	/* The address that `syscall` enters, for symbols_slide(). */
	uint64_t syscall_entry;
	/* Code from cs_base + rip - VCPU_CRASH_BEFORE on; byte I could be read
	 * if bit I of @code_known is set. */
	uint8_t code[VCPU_CRASH_CODE];
	uint32_t code_known;
};

/* Read the state of @vcpu, whose last exit is in @vcpu->run.  @vcpu's thread,
 * outside of KVM_RUN. */
void vcpu_crash_read(const struct vcpu *vcpu, struct vcpu_crash *crash);

#endif
