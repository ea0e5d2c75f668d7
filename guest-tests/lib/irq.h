/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq.h - interrupts that only count, and sleeping until they do
 *
 * A vector from VECTOR_EOI on is for edges: its stub ends the interrupt.  One
 * from VECTOR_LATE on is for levels: irq_eoi() ends it, once the device has
 * let go of the line.
 */
#ifndef GUEST_LIB_IRQ_H
#define GUEST_LIB_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "guest-tests/lib/layout.h"

enum {
	VECTOR_TICK = VECTOR_EOI,
	VECTOR_COM1,
	VECTOR_RTC,
	VECTOR_IPI,
	/* Messages of PCI devices, so many each. */
	VECTOR_MSIX = VECTOR_EOI + 8,
	VECTOR_MSIX_END = VECTOR_END,
	VECTORS_EACH = 12,
	VECTOR_SCI = VECTOR_LATE,
	/* PCI pins, by their input modulo this. */
	VECTORS_INTX = 8,
	VECTOR_INTX = VECTOR_EOI - VECTORS_INTX,
};

/* By vector, and of all; written by the stubs. */
extern volatile unsigned irq_count[256], irq_any;

/* Fill the IDT (exceptions end the guest with a FAIL); called by start. */
void irq_init(void);

/* Mask the PICs, switch the local APIC on, let interrupts in, and tick
 * every 20 ms so that a lost interrupt is no hang. */
void irq_start(void);
/* Stop the ticks and have them go on: nothing but a device wakes us then. */
void irq_tick(bool on);
bool irq_running(void);
void irq_stop(void);

/* Switch on the local APIC of the processor this runs on. */
void irq_lapic_on(void);
unsigned irq_lapic_id(void);

/* Sleep until an interrupt, unless irq_any is no longer @any: read it, see
 * that there is nothing to do, then sleep. */
void irq_sleep(unsigned any);

/* Sleep until irq_count[@vector] differs from @seen; false after
 * @timeout_ms. */
bool irq_wait(unsigned vector, unsigned seen, unsigned timeout_ms);

void irq_eoi(void);

/* Route the ISA interrupt @irq to the boot processor, as the MADT says;
 * returns its GSI.  irq_mask_gsi() undoes it. */
unsigned irq_route_isa(unsigned irq, unsigned vector);
void irq_mask_gsi(unsigned gsi);

/* Send @command (ICR bits 0-31) to the processor with that APIC id. */
void irq_icr(unsigned apic_id, uint32_t command);

#endif
