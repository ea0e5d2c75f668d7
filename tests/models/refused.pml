/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * refused.pml - does a frame for the guest that found no room stay behind?
 *
 * devices/isolate: the network's thread finds no room in the ring to minivmm. It
 * notes that a frame was refused, says that it waits, and looks once more.
 * minivmm, which takes frames, rings the doorbell when half of the ring is free
 * and somebody waits.  The main thread of the network's process, which the
 * doorbell wakes, has the network try again if a frame was refused.
 *
 * run pass: -DWAIT=1 -DTAKE=1
 * Without one of the fences:
 * run fail: -DWAIT=0 -DTAKE=1
 * run fail: -DWAIT=1 -DTAKE=0
 * The frame is noted only after the second look; the doorbell is remembered
 * after looking for it:
 * run fail: -DWAIT=1 -DTAKE=1 -DLATE_NOTE
 * run fail: -DWAIT=1 -DTAKE=1 -DLATE_DOORBELL
 */
#define FRAMES	 4
#define CAPACITY 2

#define PUT_INDEX    0
#define TAKEN_INDEX  1
#define PUTTER_WAITS 2
#define REFUSED	     3
#define MEMORY	     4
#include "tso.h"

#define PUTTER 0
#define TAKER  1

byte doorbell, got;
bool again;

inline look(ok)
{
	STORE(PUTTER, PUTTER_WAITS, true);
#if WAIT
	FENCE(PUTTER);
#endif
	taken = LOAD(TAKEN_INDEX);
	ok = made - taken < CAPACITY;
	if
	:: ok -> STORE(PUTTER, PUTTER_WAITS, false)
	:: else
	fi
}

active proctype network()
{
	byte made, taken;
	bool room;

	do
	:: made == FRAMES -> break
	:: else ->
		taken = LOAD(TAKEN_INDEX);
		room = made - taken < CAPACITY;
		if
		:: !room -> look(room)
		:: else
		fi;
		if
		:: !room ->
#ifdef LATE_NOTE
			look(room);
			STORE(PUTTER, REFUSED, true)
#else
			STORE(PUTTER, REFUSED, true);
			look(room)
#endif
		:: else
		fi;
		if
		:: room ->
			made++;
			STORE(PUTTER, PUT_INDEX, made)
		:: else ->
asleep:			again;
			again = false
		fi
	od
}

active proctype minivmm()
{
	byte put;
	bool told;

end:	do
	:: LOAD(PUT_INDEX) != got ->
		got++;
		STORE(TAKER, TAKEN_INDEX, got);
		put = LOAD(PUT_INDEX);
		if
		:: put - got > CAPACITY / 2
		:: else ->
#if TAKE
			FENCE(TAKER);
#endif
			if
			:: LOAD(PUTTER_WAITS) ->
				FENCE(TAKER);
				atomic {
					told = memory[PUTTER_WAITS];
					memory[PUTTER_WAITS] = false
				}
				if
				:: told -> doorbell++
				:: else
				fi
			:: else
			fi
		fi
	od
}

active proctype main_thread()
{
	byte seen;

end:	do
	::
#ifndef LATE_DOORBELL
		seen = doorbell;
#endif
		/* An exchange. */
		atomic {
			again = again || memory[REFUSED];
			memory[REFUSED] = false
		}
#ifdef LATE_DOORBELL
		seen = doorbell;
#endif
		doorbell != seen
	od
}

/* When nothing can happen any more, all frames have come through. */
active proctype monitor()
{
	timeout -> assert(got == FRAMES)
}
