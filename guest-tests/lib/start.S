/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * start.S - from any entry point to C at CPL 3
 *
 * CPL 0 does as little as can be: on some hosts it is emulated instruction
 * by instruction.  All tables are static, with the A and D bits set, so that
 * neither the processor nor a hypervisor has to write to them; the IDT is
 * filled later, from CPL 3.
 *
 * In: %edi BOOT_*, %esi its argument; interrupts off.
 */
#include "guest-tests/lib/layout.h"

#define CR0_VALUE 0x80010033 /* PG WP NE ET MP PE */
#define CR4_PAE	  0x20
#define MSR_EFER  0xc0000080
#define EFER_LME  0x100

	.text
	.code32
	.globl start32, start32_gdt_loaded, start64
start32:
	lgdt gdtr
start32_gdt_loaded:
	mov $CR4_PAE, %eax
	mov %eax, %cr4
	mov $pml4, %eax
	mov %eax, %cr3
	mov $MSR_EFER, %ecx
	mov $EFER_LME, %eax
	xor %edx, %edx
	wrmsr
	mov $CR0_VALUE, %eax
	mov %eax, %cr0
	ljmp $GDT_CODE64, $start64_own

	.code64
start64:
	lgdt gdtr
	mov $pml4, %eax
	mov %rax, %cr3
start64_own:
	lidt idtr
	ltr start_tss
	mov start_stack, %rsp
	mov %rsp, %rax
	push $GDT_DATA
	push %rax
	push $2
	push $GDT_USER
	push start_entry
	iretq

/* Where CPL 3 begins on the boot processor. */
boot_ring3:
	call guest_start
1:	jmp 1b

	.data
	.balign 8
	.globl start_stack, start_entry, start_tss, gdt
start_stack:
	.quad boot_stack + STACK_SIZE
start_entry:
	.quad boot_ring3
start_tss:
	.word GDT_TSS

	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9b000000ffff
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
	.quad 0x00affb000000ffff
	.quad 0x00cff3000000ffff
	.word TSS_SIZE - 1, boot_tss_15_0
	.byte boot_tss_23_16, 0x89, 0, boot_tss_31_24
	.quad 0
	.fill 2 * (CPUS_MAX - 1), 8, 0
gdt_end:

	.globl gdtr
	.word 0, 0, 0
gdtr:
	.word gdt_end - gdt - 1
	.quad gdt
	.word 0, 0, 0
idtr:
	.word 256 * 16 - 1
	.quad idt

	.balign 16
	.globl boot_tss
boot_tss:
	.long 0
	.quad boot_gate_stack + STACK_SIZE
	.fill TSS_IOMAP - TSS_RSP0 - 8, 1, 0
	.word TSS_HEAD
	.fill 8192, 1, 0
	.byte 0xff

/* Identity, 2 MiB pages, present, writable, user, accessed, dirty. */
	.balign 4096
pml4:
	.quad pdpt + 0x27
	.fill 511, 8, 0
pdpt:
	.set i, 0
	.rept MAPPED_GIB
	.quad pd + 4096 * i + 0x27
	.set i, i + 1
	.endr
	.fill 512 - MAPPED_GIB, 8, 0
pd:
	.set i, 0
	.rept 512 * MAPPED_GIB
	.quad (i << 21) + 0xe7
	.set i, i + 1
	.endr

	.bss
	.balign 16
	.globl idt
idt:
	.fill 256 * 16, 1, 0
boot_stack:
	.fill STACK_SIZE, 1, 0
boot_gate_stack:
	.fill STACK_SIZE, 1, 0
