/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.pml - does the stall doctor sleep while a queue has changed?
 *
 * A device's thread changes its queue and reads whether the doctor sleeps;
 * the doctor says that it sleeps, looks at the queue once more, and sleeps
 * until it is woken (struct virtio_watch).
 *
 * run pass: -DQUEUE_FENCE=1 -DWATCH_FENCE=1
 * run fail: -DQUEUE_FENCE=0 -DWATCH_FENCE=1
 * run fail: -DQUEUE_FENCE=1 -DWATCH_FENCE=0
 * run fail: -DQUEUE_FENCE=1 -DWATCH_FENCE=1 -DBLIND
 */
#define CHANGES 3

#define QUEUE  0
#define ASLEEP 1
#define MEMORY 2
#include "tso.h"

#define DEVICE 0
#define DOCTOR 1

/* loop_post() */
bool woken;
byte seen;

active proctype device()
{
	byte changes;
	bool slept;

	do
	:: changes == CHANGES -> break
	:: else ->
		changes++;
		STORE(DEVICE, QUEUE, changes);
#if QUEUE_FENCE
		FENCE(DEVICE);
#endif
		if
		:: LOAD(ASLEEP) ->
			/* The exchange is a full fence. */
			FENCE(DEVICE);
			atomic { slept = memory[ASLEEP]; memory[ASLEEP] = false };
			woken = woken || slept
		:: else
		fi
	od
}

active proctype doctor()
{
	byte now;

end:	do
	:: now = LOAD(QUEUE);
		if
		:: now != seen -> seen = now
		:: else ->
			STORE(DOCTOR, ASLEEP, true);
#if WATCH_FENCE
			FENCE(DOCTOR);
#endif
#ifndef BLIND
			now = LOAD(QUEUE);
#endif
			if
			:: now != seen ->
				seen = now;
				STORE(DOCTOR, ASLEEP, false)
			:: else ->
asleep:				woken;
				woken = false
			fi
		fi
	od
}

/* When nothing can happen any more, the doctor has seen every change. */
active proctype monitor()
{
	timeout -> assert(seen == CHANGES)
}
