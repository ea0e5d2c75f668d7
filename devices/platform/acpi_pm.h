/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi_pm.h - ACPI fixed hardware: power button, S5 and the PM timer
 *
 *	+0  PM1a status (16 bits)	+4  PM1a control (16 bits)
 *	+2  PM1a enable (16 bits)	+8  PM timer (32 bits)
 *
 * The machine is in ACPI mode from the start.  Where the block is and how S5
 * is spelt is said in firmware/acpi.h, beside the tables that tell the guest.
 *
 * The timer is CLOCK_MONOTONIC and nothing ticks: its overflow is noticed at
 * the first access after it, and that is when an enabled timer interrupt
 * arrives.
 *
 * Reference: ACPI 6.5, sections 4.8.2.1 and 4.8.3.
 *
 * Threads: registers are accessed from any vCPU thread, the button is
 * pressed from the loop's; one lock.
 */
#ifndef DEVICES_PLATFORM_ACPI_PM_H
#define DEVICES_PLATFORM_ACPI_PM_H

#include <pthread.h>
#include <stdint.h>

#include "base/bus.h"
#include "base/log.h"
#include "base/part.h"

struct power;

#define ACPI_PM_TIMER_HZ UINT64_C(3579545)

struct acpi_pm {
	struct bus_range range;
	/* The system control interrupt, a level. */
	struct board_line sci;
	const struct power *power;
	/* now_ns() when the timer was 0. */
	uint64_t start_ns;
	pthread_mutex_t lock;
	/* All below is under the lock. */
	uint16_t status, enable, control;
	/* How many half periods of the timer are already counted in the
	 * status. */
	uint64_t halves;
	struct log_limit limit;
};

/* Its registers are at ACPI_PM_BASE.  It has the board's power button. */
extern const struct part acpi_pm_part;

#endif
