/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug.S - a guest to be debugged: all of it in ring 0, without paging
 *
 * Each processor calls a function of its own for ever and counts that.  The
 * debugger writes into `order` what is to be done instead.  No library, so that
 * there are no interrupts, and steps are those of the source.
 */
	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18
	.asciz "Xen"
	.quad image_entry

	.set LAPIC, 0xfee00000
	.set TRAMPOLINE, 0x8000
	.set STACK, 64

	.text
	.code32
	.globl image_entry
image_entry:
	cld
	mov $stack, %esp
	/* Wake the others, if there are any, to begin in real mode. */
	mov $trampoline, %esi
	mov $TRAMPOLINE, %edi
	mov $trampoline_end - trampoline, %ecx
	rep movsb
	movl $0x1ff, LAPIC + 0xf0
	movl $0xc4500, LAPIC + 0x300
	movl $0xc4600 + TRAMPOLINE / 4096, LAPIC + 0x300

	.globl loop
loop:
	call tick
	mov order, %eax
	cmp $1, %eax
	je power_off
	cmp $2, %eax
	je reset
	cmp $3, %eax
	je leave
	cmp $4, %eax
	je fail
	cmp $5, %eax
	je say
	cmp $6, %eax
	je meet_often
	jmp loop

	.globl tick
tick:
	incl ticks
	nop
	nop
	nop
	ret

/* Port accesses, which are exits of the processor. */
	.globl say
say:
	mov $0x3f8, %edx
	mov $'.', %al
	out %al, %dx
	out %al, %dx
	nop
	in %dx, %al
	jmp loop

/* All processors come to one place, 250 times each; the last one goes on to
 * all_met.  The debugger writes into `expected` how many they are. */
meet_often:
	mov $250, %ebx
1:	call meet
	dec %ebx
	jnz 1b
	lock decl expected
	jz all_met
2:	pause
	jmp 2b

	.globl meet
meet:
	lock incl meetings
	ret

	.globl all_met
all_met:
	nop
power_off:
	mov $0x604, %edx
	mov $0x2000, %eax
	out %ax, %dx
reset:
	mov $0xcf9, %edx
	mov $6, %al
	out %al, %dx
leave:
	mov $0x5e0, %edx
	mov $3, %al
	out %al, %dx
fail:
	ud2

	.code16
trampoline:
	cli
	xor %ax, %ax
	mov %ax, %ds
	lgdtl TRAMPOLINE + gdt_pointer - trampoline
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	ljmpl $8, $ap_entry
	.balign 8
gdt:	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
	.word 23
	.long TRAMPOLINE + gdt - trampoline
trampoline_end:

	.code32
ap_entry:
	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $STACK, %esp
	lock xadd %esp, next_stack
	.globl ap_loop
ap_loop:
	call ap_tick
	cmpl $6, order
	je meet_often
	jmp ap_loop

	.globl ap_tick
ap_tick:
	incl ap_ticks
	nop
	ret

	.data
	.balign 4
	.globl ticks, ap_ticks, order, meetings, expected
ticks:	.long 0
ap_ticks: .long 0
order:	.long 0
meetings: .long 0
expected: .long 0
next_stack: .long ap_stacks + STACK

	.bss
	.balign 16
	.skip 256
stack:
ap_stacks:
	/* Of four processors. */
	.skip 3 * STACK
