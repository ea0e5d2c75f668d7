/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * registers.h - a processor's registers as a debugger numbers them
 *
 * The layout is that of the 'g' packet, and is the same in every mode of the
 * processor: a debugger ends the session when the size changes.  The target
 * description tells it the names.
 *
 * Threads: any; all of it is constant.
 */
#ifndef GDB_REGISTERS_H
#define GDB_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of their numbers; little-endian, as everything on x86. */
struct gdb_registers {
	/* rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8 to r15. */
	uint64_t general[16];
	uint64_t rip;
	uint32_t eflags, cs, ss, ds, es, fs, gs;
	uint8_t st[8][10];
	uint32_t fctrl, fstat, ftag, fiseg, fioff, foseg, fooff, fop;
	uint8_t xmm[16][16];
	uint32_t mxcsr;
	uint64_t fs_base, gs_base;
	/* The upper halves of ymm0 to ymm15. */
	uint8_t ymmh[16][16];
	uint64_t k_gs_base, cr0, cr2, cr3, cr4, cr8, efer;
} __attribute__((packed));

/* Where register @number is in struct gdb_registers, and its size in bytes.
 * False: there is no such register. */
bool gdb_register(uint64_t number, size_t *offset, size_t *size);

/* The target description, target.xml, in @room bytes at @xml; its length
 * without the 0 at the end.  "Debugging with GDB", appendix G. */
enum { GDB_XML_ROOM = 12 * 1024 };
size_t gdb_target_xml(char *xml, size_t room);

#endif
