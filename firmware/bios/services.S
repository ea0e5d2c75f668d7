/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services.S - what a call of the BIOS comes to: firmware/bios.h
 *
 * Real mode, at LAYOUT_BIOS in segment F000.  bios.c puts the numbers at
 * LAYOUT_BIOS_MAP.  Whether a call has failed is told by the carry flag that
 * IRET restores: behind BP, IP and CS on the stack.
 */
#include "firmware/layout.h"

#define MAP	    (LAYOUT_BIOS_MAP & 0xffff)
#define LOW_KIB	    %cs:(MAP + 0)
#define HIGH_UNITS  %cs:(MAP + 2)
#define ABOVE_KIB   %cs:(MAP + 4)
#define N_ENTRIES   %cs:(MAP + 6)
#define ENTRIES	    (MAP + 8)
#define ENTRY_LEN   20
#define SMAP	    0x534d4150
#define CARRY	    1
#define FLAGS	    6
/* One serial port and a coprocessor. */
#define HAVE	    0x0202

	.code16
	.text
	.globl	services
services:
	.word	refuse, equipment, base_memory, system

equipment:
	mov	$HAVE, %ax
	iret

base_memory:
	mov	$(LAYOUT_EBDA / 1024), %ax
	iret

system:
	cmp	$0xe820, %ax
	je	memory_map
	cmp	$0xe801, %ax
	je	memory_size
	cmp	$0x2401, %ax
	je	a20
	cmp	$0x88, %ah
	je	extended_memory

refuse:
	push	%bp
	mov	%sp, %bp
	orb	$CARRY, FLAGS(%bp)
	pop	%bp
	mov	$0x86, %ah
	iret

a20:
	mov	$0, %ah
	jmp	done

extended_memory:
	mov	ABOVE_KIB, %ax
	jmp	done

memory_size:
	mov	LOW_KIB, %ax
	mov	HIGH_UNITS, %bx
	mov	%ax, %cx
	mov	%bx, %dx
	jmp	done

/* EBX is the number of an entry, ES:DI a buffer of ECX bytes. */
memory_map:
	cmp	$SMAP, %edx
	jne	refuse
	cmp	$ENTRY_LEN, %ecx
	jb	refuse
	movzwl	N_ENTRIES, %eax
	cmp	%eax, %ebx
	jae	refuse
	push	%ds
	push	%si
	push	%di
	push	%cs
	pop	%ds
	imul	$ENTRY_LEN, %bx, %si
	add	$ENTRIES, %si
	mov	$(ENTRY_LEN / 2), %cx
	cld
	rep movsw
	pop	%di
	pop	%si
	pop	%ds
	mov	$ENTRY_LEN, %ecx
	inc	%ebx
	cmp	%eax, %ebx
	jb	1f
	/* That was the last. */
	xor	%ebx, %ebx
1:	mov	%edx, %eax

done:
	push	%bp
	mov	%sp, %bp
	andb	$~CARRY, FLAGS(%bp)
	pop	%bp
	iret
