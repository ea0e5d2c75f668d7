/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gate.S - all that runs at CPL 0 after the start
 *
 * int3 is the gate: it calls the function in %rax, which takes its arguments
 * in %rdi, %rsi and %rdx and returns %rax, with interrupts off.  At its
 * start 8(%rsp) is the frame iretq returns by: rip, cs, rflags, rsp, ss.
 */
#include "guest-tests/lib/layout.h"

#define FRAME_RFLAGS 24
#define RFLAGS_IF    0x200
#define LAPIC_EOI    0xfee000b0

	.text
	.globl gate_entry
gate_entry:
	call *%rax
	iretq

	.globl ring0_rdmsr, ring0_wrmsr, ring0_cpuid, ring0_irq_on
	.globl ring0_irq_off, ring0_sleep, ring0_halt, ring0_spin
	.globl ring0_triple_fault, ring0_doze
/* (msr) -> value */
ring0_rdmsr:
	mov %edi, %ecx
	rdmsr
	shl $32, %rdx
	or %rdx, %rax
	ret

/* (msr, value) */
ring0_wrmsr:
	mov %edi, %ecx
	mov %esi, %eax
	mov %rsi, %rdx
	shr $32, %rdx
	wrmsr
	ret

/* (leaf, subleaf, uint32_t regs[4]) */
ring0_cpuid:
	push %rbx
	mov %rdx, %r8
	mov %edi, %eax
	mov %esi, %ecx
	cpuid
	mov %eax, (%r8)
	mov %ebx, 4(%r8)
	mov %ecx, 8(%r8)
	mov %edx, 12(%r8)
	pop %rbx
	ret

ring0_irq_on:
	orl $RFLAGS_IF, FRAME_RFLAGS(%rsp)
	ret

ring0_irq_off:
	andl $~RFLAGS_IF, FRAME_RFLAGS(%rsp)
	ret

/* (const unsigned *count, seen): sleep until an interrupt, unless *count
 * has changed; no interrupt can come between the look and the sleep. */
ring0_sleep:
	cmp %esi, (%rdi)
	jne 1f
	sti
	hlt
	cli
1:	ret

/* Never to be heard of again: interrupts are off. */
ring0_halt:
	hlt
	jmp ring0_halt

/* For ever, as nothing here causes interrupts by itself. */
ring0_doze:
	sti
	hlt
	jmp ring0_doze

ring0_spin:
	jmp ring0_spin

ring0_triple_fault:
	lidt no_idt
	ud2

/*
 * Interrupts count, and that is all.  Those of edges end at once; those of
 * levels are ended by CPL 3 once it has made the device let go.
 */
	.macro count_irq vector
	lock incl irq_count + 4 * \vector
	lock incl irq_any
	.endm

	.altmacro
	.macro eoi_stub vector
	.balign 32
	count_irq \vector
	push %rax
	xor %eax, %eax
	movabs %eax, LAPIC_EOI
	pop %rax
	iretq
	.endm
	.macro late_stub vector
	.balign 32
	count_irq \vector
	iretq
	.endm

	.balign 32
	.globl irq_stubs, irq_spurious
irq_stubs:
	.set i, VECTOR_LATE
	.rept VECTOR_EOI - VECTOR_LATE
	late_stub %i
	.set i, i + 1
	.endr
	.rept VECTOR_END - VECTOR_EOI
	eoi_stub %i
	.set i, i + 1
	.endr
	.balign 32
irq_spurious:
	iretq

/* Exceptions: keep what there is to know and go on in exception_landing. */
	.macro exception_stub vector
	.balign 16
	.set has_code, (\vector == 8) | ((\vector >= 10) & (\vector <= 14))
	.set has_code, has_code | (\vector == 17) | (\vector == 21)
	.if has_code == 0
	push $0
	.endif
	push $\vector
	jmp exception_common
	.endm

	.balign 16
	.globl exception_stubs
exception_stubs:
	.set i, 0
	.rept 32
	exception_stub %i
	.set i, i + 1
	.endr

exception_common:
	popq exception_seen
	popq exception_seen + 8
	popq exception_seen + 16
	pushq $exception_landing
	push %rax
	mov %cr2, %rax
	mov %rax, exception_seen + 24
	pop %rax
	iretq

/* CPL 3 again (or still CPL 0, after a fault there): on a sound stack. */
exception_landing:
	and $-16, %rsp
	call exception_report

	.bss
	.balign 8
	.globl irq_count, irq_any, exception_seen
irq_count:
	.fill 256, 4, 0
irq_any:
	.long 0
	.balign 8
/* vector, error code, rip, cr2 */
exception_seen:
	.fill 4, 8, 0
no_idt:
	.fill 10, 1, 0
