/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gate.h - what needs CPL 0
 */
#ifndef GUEST_LIB_GATE_H
#define GUEST_LIB_GATE_H

#include <stdint.h>

/* Functions of gate.S; never called, only passed to gate(). */
void ring0_rdmsr(void);
void ring0_wrmsr(void);
void ring0_cpuid(void);
void ring0_irq_on(void);
void ring0_irq_off(void);
void ring0_sleep(void);
void ring0_halt(void);
void ring0_doze(void);
void ring0_spin(void);
void ring0_triple_fault(void);

/* Run @fn at CPL 0 with interrupts off. */
static inline uint64_t gate(void (*fn)(void), uint64_t a, uint64_t b,
			    uint64_t c)
{
	uint64_t rax = (uint64_t)fn;

	__asm__ volatile("int3"
			 : "+a"(rax), "+D"(a), "+S"(b), "+d"(c)
			 :
			 : "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
	return rax;
}

static inline uint64_t msr_read(uint32_t msr)
{
	return gate(ring0_rdmsr, msr, 0, 0);
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	gate(ring0_wrmsr, msr, value, 0);
}

#endif
