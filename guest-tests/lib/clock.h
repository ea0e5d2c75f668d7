/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.h - time by the TSC
 */
#ifndef GUEST_LIB_CLOCK_H
#define GUEST_LIB_CLOCK_H

#include <stdint.h>

static inline uint64_t clock_tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* The TSC's rate: from kvmclock, else 1 GHz.  Measures once. */
uint32_t clock_khz(void);

/* What the TSC will show @ms from now. */
uint64_t clock_after(unsigned ms);

/* Let some time pass: asleep until the next tick if irq_start() was called,
 * else a short spin. */
void clock_nap(void);

void clock_sleep(unsigned ms);

#endif
