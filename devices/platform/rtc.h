/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rtc.h - an MC146818A clock and its CMOS RAM, ports 0x70 and 0x71
 *
 * Reference: Motorola MC146818A data sheet (1984).
 *
 * The clock is the host's UTC plus an offset, which the guest changes by
 * setting the time; nothing ticks.  Registers and flags are worked out when
 * they are looked at, and a timer runs only while the guest has an interrupt
 * enabled that it has not been given yet.  The offset is gone when the
 * machine is reset.
 *
 * Threads: registers are accessed from any vCPU thread and the timer expires
 * on the loop's; one lock serialises them.  The timer is a timerfd: any
 * thread may set it, and it notices when the host's clock is stepped.
 */
#ifndef DEVICES_PLATFORM_RTC_H
#define DEVICES_PLATFORM_RTC_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "base/bus.h"
#include "base/loop.h"
#include "base/part.h"

#define RTC_BASE 0x70
#define RTC_IRQ	 8

struct rtc {
	struct bus_range range;
	struct loop_fd timer;
	/* An edge each time register C's IRQF rises. */
	struct irq irq;
	pthread_mutex_t lock;
	/* All below is under the lock. */
	uint8_t index, cmos[128];
	/* The clock is CLOCK_REALTIME plus this. */
	struct timespec offset;
	/* Events up to here are in register C. */
	struct timespec seen;
	/* What the timer is set to, by the host's clock; zero: not set. */
	struct timespec armed;
	/* Until then (now_ns) the time registers stand still for a reader. */
	uint64_t hold_ns;
};

/* CMOS tells the size of the board's memory. */
extern const struct part rtc_part;

#endif
