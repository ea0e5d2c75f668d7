/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq.pml - does the driver sleep through a used buffer?
 *
 * The device returns buffers in two batches (vq_commit): it publishes, and
 * reads the driver's wish for an interrupt.  The driver takes what there is,
 * states its wish, looks again and waits for the interrupt.  Both formats do
 * this; EVENT_IDX makes the wish a position instead of a flag.
 *
 * run pass: -DDEVICE_FENCE=1 -DDRIVER_FENCE=1 -DEVENT_IDX=0
 * run pass: -DDEVICE_FENCE=1 -DDRIVER_FENCE=1 -DEVENT_IDX=1
 * run fail: -DDEVICE_FENCE=0 -DDRIVER_FENCE=1 -DEVENT_IDX=0
 * run fail: -DDEVICE_FENCE=0 -DDRIVER_FENCE=1 -DEVENT_IDX=1
 * run fail: -DDEVICE_FENCE=1 -DDRIVER_FENCE=0 -DEVENT_IDX=0
 * run fail: -DDEVICE_FENCE=1 -DDRIVER_FENCE=0 -DEVENT_IDX=1
 * The wish must be compared with the whole batch, not with its end:
 * run fail: -DDEVICE_FENCE=1 -DDRIVER_FENCE=1 -DEVENT_IDX=1 -DONLY_THE_END
 */
#define BATCH	2
#define BUFFERS 4

#define USED   0
#define WISH   1
#define MEMORY 2
#include "tso.h"

#define DEVICE 0
#define DRIVER 1

/* The interrupt: raised by the device, acknowledged by the driver. */
bool irq;
byte seen;

active proctype device()
{
	byte old, used, wish;

	do
	:: used < BUFFERS ->
		old = used;
		used = used + BATCH;
		STORE(DEVICE, USED, used);
#if DEVICE_FENCE
		FENCE(DEVICE);
#endif
		wish = LOAD(WISH);
		if
#ifdef ONLY_THE_END
		:: wish == used - 1 -> irq = true
#elif EVENT_IDX
		/* Is it one of [old, used)? */
		:: old <= wish && wish < used -> irq = true
#else
		:: wish -> irq = true
#endif
		:: else
		fi
	:: else -> break
	od
}

active proctype driver()
{
	byte used;

end:	do
	:: used = LOAD(USED);
#if !EVENT_IDX
		STORE(DRIVER, WISH, false);
#endif
		seen = used;
#if EVENT_IDX
		STORE(DRIVER, WISH, seen);
#else
		STORE(DRIVER, WISH, true);
#endif
#if DRIVER_FENCE
		FENCE(DRIVER);
#endif
		used = LOAD(USED);
		if
		:: used != seen
		:: else ->
asleep:			irq;
			irq = false
		fi
	od
}

/* When nothing can happen any more, the driver has seen everything. */
active proctype monitor()
{
	timeout -> assert(seen == BUFFERS)
}
