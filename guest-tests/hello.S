/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hello.S - the first line by the fewest instructions
 *
 * How soon it appears is how soon the machine starts.  One code for the
 * 32-bit PVH entry and the 64-bit Linux one: the instructions mean the same
 * in both modes.
 */
	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18
	.asciz "Xen"
	.quad image_entry

	.text
	.code32
	.globl image_entry
image_entry:
	cld
	mov $line, %esi
	mov $line_end - line, %ecx
	mov $0x3f8, %edx
	rep outsb
	/* Power off by ACPI: SLP_EN with \_S5's type, 0. */
	mov $0x604, %edx
	mov $0x2000, %eax
	out %ax, %dx
	/* Not here?  A triple fault ends most machines. */
	ud2
	hlt

line:
	.ascii "hello\n"
line_end:
