/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * head_multiboot.S - Multiboot 1: %eax magic, %ebx the information
 *
 * With -DFLAT the header carries the addresses and the file need not be an
 * ELF one (Multiboot Specification 0.6.96, 3.1.3).
 */
#include "guest-tests/lib/layout.h"

#define HEADER_MAGIC 0x1badb002
#define LOADER_MAGIC 0x2badb002
#define PAGE_ALIGN   1
#define MEMORY_INFO  2
#define ADDRESSES    0x10000

#ifdef FLAT
#define FLAGS (PAGE_ALIGN | MEMORY_INFO | ADDRESSES)
#else
#define FLAGS (PAGE_ALIGN | MEMORY_INFO)
#endif

	.section .head, "awx"
	.balign 4
header:
	.long HEADER_MAGIC, FLAGS, -(HEADER_MAGIC + FLAGS)
#ifdef FLAT
	.long header, image_start, image_load_end, image_end, image_entry
#endif

	.text
	.code32
	.globl image_entry
image_entry:
	xor %edi, %edi
	cmp $LOADER_MAGIC, %eax
	jne 1f
	mov $BOOT_MULTIBOOT, %edi
1:	mov %ebx, %esi
	jmp start32
