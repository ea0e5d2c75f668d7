/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp.h - the other processors
 *
 * They sleep until smp_call() has something for them, run it at CPL 3 with
 * interrupts on, and sleep again.  Only the boot processor prints.
 */
#ifndef GUEST_LIB_SMP_H
#define GUEST_LIB_SMP_H

#include <stdbool.h>
#include <stdint.h>

#include "guest-tests/lib/layout.h"

/* By number, 0 the boot processor; from the MADT. */
extern uint32_t smp_apic_id[CPUS_MAX];

/* Start all processors; returns how many there are by the MADT, the boot
 * processor included, and in *@up how many run.  After irq_start(). */
unsigned smp_start(unsigned *up);

/* Start fn(arg) on processor @cpu. */
void smp_post(unsigned cpu, void (*fn)(void *arg), void *arg);

/* Wait until it has ended; false when it does not end. */
bool smp_wait(unsigned cpu);

/* Both: start it, and wait. */
bool smp_call(unsigned cpu, void (*fn)(void *arg), void *arg);

#endif
