/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * head_multiboot2.S - Multiboot 2: %eax magic, %ebx the information
 *
 * The file is an ELF64 one; with -DFLAT an address tag lets it be any file.
 * It loads the selectors that GRUB has before it has a GDT of its own.
 */
#include "guest-tests/lib/layout.h"

#define HEADER_MAGIC 0xe85250d6
#define LOADER_MAGIC 0x36d76289

	.section .head, "awx"
	.balign 8
header:
	.long HEADER_MAGIC, 0, header_end - header
	.long -(HEADER_MAGIC + header_end - header)
	/* Requests: command line, modules, memory map, ACPI. */
	.short 1, 0
	.long 24, 1, 3, 6, 15
#ifdef FLAT
	.short 2, 0
	.long 24, header, image_start, image_load_end, image_end
#endif
	/* Whatever the ELF header says. */
	.short 3, 0
	.long 12, mb2_entry
	.balign 8
	/* An EFI entry, of no use here. */
	.short 9, 1
	.long 12, 0
	.balign 8
	.short 0, 0
	.long 8
header_end:

	.text
	.code32
	.globl image_entry
image_entry:
	ud2
mb2_entry:
	mov $0x10, %edx
	mov %edx, %ds
	mov %edx, %es
	mov %edx, %ss
	ljmp $0x08, $1f
1:	xor %edi, %edi
	cmp $LOADER_MAGIC, %eax
	jne 1f
	mov $BOOT_MULTIBOOT2, %edi
1:	mov %ebx, %esi
	jmp start32
