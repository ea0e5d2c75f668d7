/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layout.h - numbers that assembly and C share
 */
#ifndef GUEST_LIB_LAYOUT_H
#define GUEST_LIB_LAYOUT_H

/* How the image was entered. */
#define BOOT_UNKNOWN	0
#define BOOT_PVH	1
#define BOOT_ELF64	2
#define BOOT_MULTIBOOT	3
#define BOOT_BZIMAGE32	4
#define BOOT_BZIMAGE64	5
#define BOOT_MULTIBOOT2 6

#define GDT_CODE32 0x08
#define GDT_CODE64 0x10
#define GDT_USER   0x23
#define GDT_DATA   0x2b
#define GDT_TSS	   0x30

#define CPUS_MAX 16

/* All accessible from CPL 3, this much of memory is identity-mapped. */
#define MAPPED_GIB 8

/* The task state segment, and behind it an I/O bitmap of 65,536 zeros. */
#define TSS_RSP0   4
#define TSS_IOMAP  102
#define TSS_HEAD   104
#define TSS_SIZE   (TSS_HEAD + 8192 + 1)
#define TSS_STRIDE (TSS_HEAD + 8192 + 8)

#define STACK_SIZE 8192

/* Where application processors start, in real mode. */
#define TRAMPOLINE 0x8000

/* Vectors: device interrupts have stubs that leave the EOI to CPL 3 (LATE)
 * or give it at once (EOI).  The latter are of a higher priority, so that
 * nothing is late for them. */
#define VECTOR_GATE	3
#define VECTOR_LATE	32
#define VECTOR_EOI	48
#define VECTOR_END	104
#define VECTOR_SPURIOUS 255

#endif
