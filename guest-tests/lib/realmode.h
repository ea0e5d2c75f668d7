/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * realmode.h - calls of the BIOS, made by another processor in real mode
 *
 * The processor is started afresh for each call, and halts after it; so this
 * is not for a guest that has called smp_start().
 */
#ifndef GUEST_LIB_REALMODE_H
#define GUEST_LIB_REALMODE_H

/* Where the code and, behind it, the registers are; below 1 MiB. */
#define REALMODE      0x9000
#define REALMODE_REGS 0x800

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

enum { REALMODE_CARRY = 1 };

/* In the order of realmode_call.S. */
struct realmode_regs {
	uint32_t eax, ebx, ecx, edx, edi;
	uint16_t es, flags;
	/* Not 0: the call has returned. */
	uint32_t done;
};

/* Have the processor of @apic_id execute INT @vector with @regs, into which
 * its registers go; false if it does not return.  After irq_start(). */
bool realmode_int(unsigned apic_id, uint8_t vector, struct realmode_regs *regs);

#endif

#endif
