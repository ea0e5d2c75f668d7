/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * head_elf.S - the two entries of an ELF kernel
 *
 * The PVH note names a 32-bit entry, start info in %ebx; e_entry is for
 * loaders that follow the 64-bit Linux boot protocol, boot_params in %rsi.
 * With -DNO_PVH the note is left out.
 */
#include "guest-tests/lib/layout.h"

#ifndef NO_PVH
	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18
	.asciz "Xen"
	.quad pvh_entry

	.text
	.code32
pvh_entry:
	mov %ebx, %esi
	mov $BOOT_PVH, %edi
	jmp start32
#endif

	.text
	.code64
	.globl image_entry
image_entry:
	mov $BOOT_ELF64, %edi
	jmp start64
