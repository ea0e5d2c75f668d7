/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bios.h - interrupt vectors for code that calls a BIOS
 *
 * There is no BIOS.  But kernels that are entered in protected mode may go back
 * to real mode and ask a BIOS for the memory map or the screen's modes.  With
 * vectors of zeros they would never return.  So each vector leads to something:
 *
 *	0x00-0x0F, 0x70-0xFF	F000:FF53, an IRET, as on a PC that is idle
 *	0x10-0x6F		carry set and AH 0x86: there is no such function
 *	0x11, 0x12		equipment; KiB of RAM below 640 KiB
 *	0x15			AX E820, E801, AH 88: the memory map; AX 2401:
 *				A20, which is open
 *
 * The code is services.S.  Reference: Ralf Brown's Interrupt List; ACPI 6.5,
 * 15.1 for E820.
 */
#ifndef FIRMWARE_BIOS_H
#define FIRMWARE_BIOS_H

struct mem;

/* Write the vectors, the code, and what the code reports about @mem.  Call it
 * before a kernel is loaded, which may overwrite some of it. */
void bios_build(const struct mem *mem);

#endif
