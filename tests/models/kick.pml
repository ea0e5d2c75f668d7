/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kick.pml - does the device sleep through a buffer?
 *
 * The driver makes buffers available, one by one, and reads the device's
 * wish for a kick.  The device takes what there is, states its wish, looks
 * again (vq_arm) and sleeps until kicked.  Both formats do this; EVENT_IDX
 * makes the wish a position instead of a flag.
 *
 * run pass: -DDEVICE_FENCE=1 -DDRIVER_FENCE=1 -DEVENT_IDX=0
 * run pass: -DDEVICE_FENCE=1 -DDRIVER_FENCE=1 -DEVENT_IDX=1
 * run fail: -DDEVICE_FENCE=0 -DDRIVER_FENCE=1 -DEVENT_IDX=0
 * run fail: -DDEVICE_FENCE=0 -DDRIVER_FENCE=1 -DEVENT_IDX=1
 * run fail: -DDEVICE_FENCE=1 -DDRIVER_FENCE=0 -DEVENT_IDX=0
 * run fail: -DDEVICE_FENCE=1 -DDRIVER_FENCE=0 -DEVENT_IDX=1
 * The device must look again, and must drain the doorbell before it looks:
 * run fail: -DDEVICE_FENCE=1 -DDRIVER_FENCE=1 -DEVENT_IDX=0 -DBLIND
 * run fail: -DDEVICE_FENCE=1 -DDRIVER_FENCE=1 -DEVENT_IDX=0 -DDRAIN_LAST
 */
#define BUFFERS 3

#define AVAIL  0
#define WISH   1
#define MEMORY 2
#include "tso.h"

#define DRIVER 0
#define DEVICE 1

/* The eventfd: raised by the driver, drained by the device. */
bool doorbell;
byte seen;

active proctype driver()
{
	byte made, wish;

	do
	:: made < BUFFERS ->
		made++;
		STORE(DRIVER, AVAIL, made);
#if DRIVER_FENCE
		FENCE(DRIVER);
#endif
		wish = LOAD(WISH);
		if
#if EVENT_IDX
		/* Is it one of [made - 1, made)? */
		:: wish == made - 1 -> doorbell = true
#else
		:: wish -> doorbell = true
#endif
		:: else
		fi
	:: else -> break
	od
}

active proctype device()
{
	byte avail;

end:	do
	:: avail = LOAD(AVAIL);
#if !EVENT_IDX
		STORE(DEVICE, WISH, false);
#endif
		seen = avail;
		/* vq_arm */
#if EVENT_IDX
		STORE(DEVICE, WISH, seen);
#else
		STORE(DEVICE, WISH, true);
#endif
#if DEVICE_FENCE
		FENCE(DEVICE);
#endif
		avail = LOAD(AVAIL);
		if
#ifdef BLIND
		:: false
#else
		:: avail != seen
#endif
		:: else ->
#ifdef DRAIN_LAST
			doorbell = false;
#endif
asleep:			doorbell;
			doorbell = false
		fi
	od
}

/* When nothing can happen any more, the device has seen everything. */
active proctype monitor()
{
	timeout -> assert(seen == BUFFERS)
}
