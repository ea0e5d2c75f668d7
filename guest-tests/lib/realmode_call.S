/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * realmode_call.S - one INT with all its registers, copied to REALMODE
 */
#include "guest-tests/lib/realmode.h"

#define EAX   REALMODE_REGS
#define EBX   (REALMODE_REGS + 4)
#define ECX   (REALMODE_REGS + 8)
#define EDX   (REALMODE_REGS + 12)
#define EDI   (REALMODE_REGS + 16)
#define ES    (REALMODE_REGS + 20)
#define FLAGS (REALMODE_REGS + 22)
#define DONE  (REALMODE_REGS + 24)

	.section .rodata
	.code16
	.globl realmode, realmode_vector, realmode_end
realmode:
	mov %cs, %ax
	mov %ax, %ds
	mov %ax, %ss
	mov $REALMODE_REGS, %sp
	mov ES, %es
	mov EAX, %eax
	mov EBX, %ebx
	mov ECX, %ecx
	mov EDX, %edx
	mov EDI, %edi
	/* INT; its operand is written when this is copied. */
	.byte 0xcd
realmode_vector:
	.byte 0
	mov %eax, EAX
	mov %ebx, EBX
	mov %ecx, ECX
	mov %edx, EDX
	mov %edi, EDI
	pushf
	popw FLAGS
	movw $1, DONE
1:	hlt
	jmp 1b
realmode_end:
