/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vcpu_crash.h - the state of a processor that cannot go on
 *
 * Read by the vCPU's thread between the exit that ends it and the request for
 * the machine's end; from then on it does not change.
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
	/* KVM did not give the registers away. */
	bool unknown;
	/* They are those after a reset: the processor keeps nothing of what was
	 * before a shutdown (AMD APM volume 2, section 15.14.3). */
	bool forgotten;
	uint64_t rip, cs_base, rsp, rflags;
	uint64_t cr0, cr2, cr3, cr4, efer;
	/* The last exception; -1: KVM does not know of any. */
	int vector;
	bool has_error_code;
	uint32_t error_code;
	unsigned ring;
	uint64_t idt_base, gdt_base;
	uint16_t idt_limit, gdt_limit;
	/* Where `syscall` leads, for what the kernel was moved by. */
	uint64_t syscall_entry;
	/* Of the code from cs_base + rip - VCPU_CRASH_BEFORE on byte I is
	 * there if bit I is set. */
	uint8_t code[VCPU_CRASH_CODE];
	uint32_t code_known;
};

/* Read what there is to know of @vcpu, whose last exit is in @vcpu->run.  Its
 * own thread, outside of KVM_RUN. */
void vcpu_crash_read(const struct vcpu *vcpu, struct vcpu_crash *crash);

#endif
