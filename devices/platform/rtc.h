/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rtc.h - an MC146818A clock and its CMOS RAM, ports 0x70 and 0x71
 *
 * Reference: Motorola MC146818A data sheet (1984).
 *
 * The clock is the host's UTC plus an offset, which the guest changes by
 * setting the time.  Nothing ticks: registers and flags are computed when they
 * are read.  A timer runs only while the guest has enabled an interrupt and has
 * not got it yet.  The offset is lost when the machine is reset.
 *
 * Threads: registers are accessed from any vCPU thread and the timer expires on
 * the loop's; one lock serialises them.  The timer is a timerfd: any thread may
 * set it, and it notices when the host's clock is set.
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
	/* An edge each time IRQF in register C rises. */
	struct irq irq;
	pthread_mutex_t lock;
	/* All below is under the lock. */
	uint8_t index, cmos[128];
	/* The clock is CLOCK_REALTIME plus this. */
	struct timespec offset;
	/* Register C has all events up to this time. */
	struct timespec seen;
	/* The time of the host's clock that the timer is set to; zero: it is
	 * not set. */
	struct timespec armed;
	/* Until this time (of now_ns()) the time registers don't change for a
	 * reader. */
	uint64_t hold_ns;
};

/* CMOS has the size of the board's memory. */
extern const struct part rtc_part;

#endif
