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

struct irq_line;
struct power;

#define ACPI_PM_TIMER_HZ UINT64_C(3579545)

struct acpi_pm {
	struct bus_range range;
	struct irq_line *sci;
	const struct power *power;
	unsigned s5_type;
	/* now_ns() when the timer was 0. */
	uint64_t start_ns;
	pthread_mutex_t lock;
	/* All below is under the lock. */
	uint16_t status, enable, control;
	/* Half periods of the timer that are accounted for in the status. */
	uint64_t halves;
	struct log_limit limit;
};

/*
 * Put the block at @base of @port_bus.  @sci is the (level) system control
 * interrupt; the guest's request for the sleep type @s5_type (0 .. 7) goes
 * to @power.  -EEXIST when the ports are taken; after an error acpi_pm_free()
 * is not called.
 */
int acpi_pm_init(struct acpi_pm *pm, struct bus *port_bus, uint16_t base,
		 unsigned s5_type, struct irq_line *sci,
		 const struct power *power);

/* No vCPU may be running. */
void acpi_pm_free(struct acpi_pm *pm, struct bus *port_bus);

/* Tell the guest that its power button was pressed.  Any thread. */
void acpi_pm_press_power_button(struct acpi_pm *pm);

#endif
