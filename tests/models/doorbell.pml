/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doorbell.pml - does a frame stay in the ring to the network's process?
 *
 * devices/isolate: the taker remembers the doorbell, looks for frames, says that
 * it sleeps, looks once more, and sleeps for as long as the doorbell has not
 * changed (a futex).  The putter moves its index and reads whether the taker
 * sleeps; if so it changes the doorbell.
 *
 * run pass: -DPUT=1 -DSLEEP=1
 * Without one of the fences:
 * run fail: -DPUT=0 -DSLEEP=1
 * run fail: -DPUT=1 -DSLEEP=0
 * Without looking again, and with the doorbell remembered too late:
 * run fail: -DPUT=1 -DSLEEP=1 -DBLIND
 * run fail: -DPUT=1 -DSLEEP=1 -DLATE
 */
#define FRAMES 4

#define PUT_INDEX    0
#define TAKER_SLEEPS 1
#define MEMORY	     2
#include "tso.h"

#define PUTTER 0
#define TAKER  1

byte doorbell, got;

active proctype putter()
{
	byte made;
	bool told;

	do
	:: made == FRAMES -> break
	:: else ->
		made++;
		STORE(PUTTER, PUT_INDEX, made);
#if PUT
		FENCE(PUTTER);
#endif
		if
		:: LOAD(TAKER_SLEEPS) ->
			/* Exchange and addition are full fences. */
			FENCE(PUTTER);
			atomic {
				told = memory[TAKER_SLEEPS];
				memory[TAKER_SLEEPS] = false
			}
			if
			:: told -> doorbell++
			:: else
			fi
		:: else
		fi
	od
}

active proctype taker()
{
	byte put, seen;

end:	do
	:: seen = doorbell;
		put = LOAD(PUT_INDEX);
		if
		:: put != got -> got++
		:: else ->
			STORE(TAKER, TAKER_SLEEPS, true);
#if SLEEP
			FENCE(TAKER);
#endif
#ifndef BLIND
			put = LOAD(PUT_INDEX);
#endif
#ifdef LATE
			seen = doorbell;
#endif
			if
			:: put != got
			:: else ->
asleep:				doorbell != seen
			fi;
			STORE(TAKER, TAKER_SLEEPS, false)
		fi
	od
}

/* When nothing can happen any more, all frames have come through. */
active proctype monitor()
{
	timeout -> assert(got == FRAMES)
}
