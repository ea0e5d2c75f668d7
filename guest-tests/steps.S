/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steps.S - a guest to be stepped: all of it in ring 0, first in 32-bit mode,
 * then in 64-bit mode
 *
 * What it does depends on nothing but itself: all registers have known values
 * at `begin`, and no instruction reads the time, a device or the processor's
 * model.  So two debuggers that step through it see the same.  Flags that the
 * processor's manual leaves undefined are never read.
 *
 * guest-tests/gdb steps it and compares it with QEMU.
 */
	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18
	.asciz "Xen"
	.quad image_entry

	.set CR0_PE_PG, 0x80000001
	.set CR4_PAE, 0x20
	.set EFER, 0xc0000080
	.set EFER_LME, 0x100

	.text
	.code32
	.globl image_entry
image_entry:
	cld
	xor %eax, %eax
	xor %ebx, %ebx
	xor %ecx, %ecx
	xor %edx, %edx
	xor %esi, %esi
	xor %edi, %edi
	xor %ebp, %ebp
	mov $stack, %esp
	.globl begin
begin:
	lgdt gdt_pointer
	ljmp $8, $1f
1:	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	/* The first 32 MiB are mapped to themselves. */
	movl $level3 + 3, level4
	movl $level2 + 3, level3
	mov $0x83, %eax
	mov $level2, %edi
	mov $16, %ecx
2:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 2b
	mov $CR4_PAE, %eax
	mov %eax, %cr4
	mov $level4, %eax
	mov %eax, %cr3
	mov $EFER, %ecx
	xor %edx, %edx
	mov $EFER_LME, %eax
	wrmsr
	mov $CR0_PE_PG, %eax
	mov %eax, %cr0
	ljmp $24, $start64

	.code64
start64:
	/* The handler of exceptions 0, division, and 6, invalid opcode. */
	mov $handler, %eax
	lea idt(%rip), %rdi
	mov %ax, (%rdi)
	mov %ax, 96(%rdi)
	shr $16, %eax
	mov %ax, 6(%rdi)
	mov %ax, 102(%rdi)
	movw $24, 2(%rdi)
	movw $24, 98(%rdi)
	movw $0x8e00, 4(%rdi)
	movw $0x8e00, 100(%rdi)
	lidt idt_pointer
	movabs $0x9e3779b97f4a7c15, %rax
	movabs $0x0123456789abcdef, %r8
	mov $-1, %r9
	xor %r10d, %r10d
	mov $0x55aa, %r11d
	mov $7, %r12d
	xor %r13d, %r13d
	mov $scratch, %r14d

	/* %rax is a random number. */
mix:
	mov %rax, %rdx
	shl $13, %rdx
	xor %rdx, %rax
	mov %rax, %rdx
	shr $7, %rdx
	xor %rdx, %rax
	mov %rax, %rdx
	shl $17, %rdx
	xor %rdx, %rax
	inc %r13
	mov %eax, %ebx
	and $7, %ebx
	call *table(, %rbx, 8)
	jmp mix

table:	.quad arithmetic, strings, stack_frames, flags, locks, division
	.quad undefined, loops

arithmetic:
	add %rax, %r8
	adc %r9, %r10
	sbb %r8, %r11
	neg %r9
	not %r10
	bswap %r11
	imul %rax, %r12
	mov %rax, %rsi
	mul %r8
	xor %rdx, %rax
	mov %rsi, %rax
	lea 3(%rax, %r12, 4), %r15
	movsx %al, %r9
	movzx %ax, %r10d
	rol $5, %r12
	ror $3, %r11d
	sar %r10
	bt $3, %rax
	cmovc %rax, %r9
	ret

strings:
	mov $scratch, %edi
	mov %eax, %ecx
	and $15, %ecx
	push %rax
	rep stosb
	mov $scratch, %esi
	mov $scratch + 64, %edi
	mov $3, %ecx
	rep movsq
	mov $scratch, %esi
	lodsq
	scasb
	pop %rax
	mov $scratch, %edi
	mov $8, %ecx
	repne scasb
	ret

stack_frames:
	push %rbp
	mov %rsp, %rbp
	sub $32, %rsp
	mov %rax, -8(%rbp)
	push %r8
	pushq $-5
	pop %r9
	pop %r10
	enter $16, $0
	leave
	xchg %r10, -8(%rbp)
	mov $2, %ecx
	call 1f
	leave
	ret
1:	dec %ecx
	jz 2f
	call 1b
2:	ret

flags:
	cmp %r8, %rax
	pushfq
	pop %r9
	setc %r10b
	setg %r11b
	lahf
	std
	pushfq
	cld
	popfq
	cld
	stc
	cmc
	adc $0, %r8
	cmp $77, %al
	ja 1f
	jp 1f
	not %r12
1:	ret

locks:
	lock xadd %r8, (%r14)
	lock incl 8(%r14)
	push %rax
	mov (%r14), %rax
	cmpxchg %r12, (%r14)
	cmpxchg %r9, 8(%r14)
	pop %rax
	xchg %r10, (%r14)
	lock orq $16, 16(%r14)
	bts $5, %r10
	btr $9, %r11
	bsf %r10, %rcx
	bsr %rax, %rdi
	ret

division:
	push %rax
	xor %edx, %edx
	mov $1000, %ecx
	div %rcx
	mov %rdx, %r9
	/* By zero. */
	xor %ecx, %ecx
	div %ecx
	.globl behind_division
behind_division:
	nop
	pop %rax
	cqo
	ret

undefined:
	cli
	ud2
	.globl behind_undefined
behind_undefined:
	nop
	mov %cr0, %rcx
	mov %cr3, %rdi
	mov %ss, %esi
	mov %esi, %ss
	nop
	ret

loops:
	mov %eax, %ecx
	shr $28, %ecx
	jrcxz 2f
1:	add %rcx, %r12
	xor %r12, %r8
	loop 1b
2:	ret

/* Skip the instruction: both that get here have two bytes. */
	.globl handler
handler:
	nop
	push %rsi
	mov 8(%rsp), %rsi
	add $2, %rsi
	mov %rsi, 8(%rsp)
	pop %rsi
	iretq

	.balign 8
gdt:	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00af9b000000ffff
gdt_pointer:
	.word 31
	.long gdt
idt_pointer:
	.word 7 * 16 - 1
	.quad idt

	.data
	.balign 16
scratch: .skip 256

	.bss
	.balign 4096
level4:	.skip 4096
level3:	.skip 4096
level2:	.skip 4096
idt:	.skip 256
	.skip 1024
stack:
