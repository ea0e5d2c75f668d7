/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ring.pml - does a frame stay in the ring, or the putter stand still?
 *
 * frame_ring.c: the putter moves its index and reads whether the taker sleeps;
 * the taker says that it sleeps and looks at that index again.  The other way
 * round for a putter that finds no room; it is told when at least half of the
 * ring is free.  Who is told sleeps in poll(2), until an eventfd is raised.
 *
 * run pass: -DPUT=1 -DSLEEP=1 -DTAKE=1 -DWAIT=1
 * Without one of the fences:
 * run fail: -DPUT=0 -DSLEEP=1 -DTAKE=1 -DWAIT=1
 * run fail: -DPUT=1 -DSLEEP=0 -DTAKE=1 -DWAIT=1
 * run fail: -DPUT=1 -DSLEEP=1 -DTAKE=0 -DWAIT=1
 * run fail: -DPUT=1 -DSLEEP=1 -DTAKE=1 -DWAIT=0
 * Without looking again:
 * run fail: -DPUT=1 -DSLEEP=1 -DTAKE=1 -DWAIT=1 -DBLIND_TAKER
 * run fail: -DPUT=1 -DSLEEP=1 -DTAKE=1 -DWAIT=1 -DBLIND_PUTTER
 */
#define FRAMES	 5
#define CAPACITY 2

#define PUT_INDEX   0
#define TAKEN_INDEX 1
#define TAKER_SLEEPS 2
#define PUTTER_WAITS 3
#define MEMORY	     4
#include "tso.h"

#define PUTTER 0
#define TAKER  1

/* A flag that is taken: an exchange is a full fence. */
#define TAKE_FLAG(thread, flag, told)                                \
	if                                                           \
	:: LOAD(flag) ->                                             \
		FENCE(thread);                                       \
		atomic { told = told || memory[flag]; memory[flag] = false } \
	:: else                                                      \
	fi

bool wake, room;
byte got;

active proctype putter()
{
	byte made, taken;

	do
	:: made == FRAMES -> break
	:: else ->
		taken = LOAD(TAKEN_INDEX);
		if
		:: made - taken < CAPACITY
		:: else ->
			STORE(PUTTER, PUTTER_WAITS, true);
#if WAIT
			FENCE(PUTTER);
#endif
#ifndef BLIND_PUTTER
			taken = LOAD(TAKEN_INDEX);
#endif
			if
			:: made - taken < CAPACITY ->
				STORE(PUTTER, PUTTER_WAITS, false)
			:: else ->
refused:				room;
				room = false;
				goto again
			fi
		fi;
		made++;
		STORE(PUTTER, PUT_INDEX, made);
#if PUT
		FENCE(PUTTER);
#endif
		TAKE_FLAG(PUTTER, TAKER_SLEEPS, wake);
again:		skip
	od
}

active proctype taker()
{
	byte put;

end:	do
	:: put = LOAD(PUT_INDEX);
		if
		:: put != got ->
			got++;
			STORE(TAKER, TAKEN_INDEX, got);
			put = LOAD(PUT_INDEX);
			if
			:: put - got > CAPACITY / 2
			:: else ->
#if TAKE
				FENCE(TAKER);
#endif
				TAKE_FLAG(TAKER, PUTTER_WAITS, room)
			fi
		:: else ->
			STORE(TAKER, TAKER_SLEEPS, true);
#if SLEEP
			FENCE(TAKER);
#endif
#ifndef BLIND_TAKER
			put = LOAD(PUT_INDEX);
#endif
			if
			:: put != got
			:: else ->
asleep:				wake;
				wake = false
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
