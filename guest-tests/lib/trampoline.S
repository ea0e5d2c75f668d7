/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trampoline.S - what an application processor executes in real mode, copied
 * to TRAMPOLINE, and its way to C
 */
#include "guest-tests/lib/layout.h"

	.section .rodata
	.code16
	.globl trampoline, trampoline_end
trampoline:
	lgdtl %cs:(trampoline_gdtr - trampoline)
	mov $0x33, %eax
	mov %eax, %cr0
	ljmpl $GDT_CODE32, $start32_gdt_loaded
	.balign 8
trampoline_gdtr:
	.word GDT_TSS + 16 * CPUS_MAX - 1
	.long gdt
trampoline_end:

	.text
	.code64
	.globl ap_ring3
ap_ring3:
	call smp_ap_main
1:	jmp 1b
