/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reset.pml - does the device touch a queue after status has read 0, or does
 * a reset never end?
 *
 * The transport lends a queue to the device's thread and asks for it back
 * (virtio_pci_settle); the thread sleeps on an eventfd, takes up requests
 * between two turns of work and answers (worker.c, queue_stopped).  Status
 * reads 0 once the queue is back.  The driver lends, resets, waits for 0,
 * then has its memory to itself, and so on.
 *
 * Requests are under a lock, answers under another.  What this is about is
 * their order, and the sleep.
 *
 * run pass: -DWAIT=1 -DDRAIN_FIRST=1
 * Status 0 without waiting for the queue:
 * run fail: -DWAIT=0 -DDRAIN_FIRST=1
 * The eventfd is drained, then the requests are read; the other way round
 * one posted in between is slept through:
 * run fail: -DWAIT=1 -DDRAIN_FIRST=0
 * Work on the queue after the answer:
 * run fail: -DWAIT=1 -DDRAIN_FIRST=1 -DANSWER_TOO_EARLY
 */
#define RESETS 3

/* Requests, under a lock, and the eventfd that says there are some. */
bool start, stop, wake;
/* The transport's: where the queue is, and status. */
#define HELD	 0
#define LENT	 1
#define RECALLED 2
byte place = HELD;
bool status, resetting, master = true;
/* The driver has its memory to itself. */
bool mine = true;
bool finished;

/* One doorbell is enough to make the worker look. */
bool doorbell;

inline settle()
{
	/* Under the function's lock. */
	if
	:: status && !resetting && master && place == HELD ->
		place = LENT;
		start = true;
		wake = true
	:: (resetting || !master) && place == LENT ->
		place = RECALLED;
		stop = true;
		wake = true
	:: else
	fi;
	if
#if WAIT
	:: resetting && place == HELD ->
		resetting = false;
		status = false
#else
	:: resetting ->
		resetting = false;
		status = false
#endif
	:: else
	fi
}

active proctype worker()
{
	bool running, stopping;

end:	do
	:: wake || (running && doorbell) ->
#if DRAIN_FIRST
		wake = false;
#endif
		d_step {
			running = running || start;
			start = false;
			stopping = stop;
			stop = false
		};
#if !DRAIN_FIRST
		wake = false;
#endif
		if
		:: stopping ->
#ifndef ANSWER_TOO_EARLY
			running = false;
#endif
			/* virtio_queue_stopped() */
			d_step {
				place = HELD;
				settle()
			}
		:: else
		fi;
		if
		:: running ->
			/* A turn of work touches the ring. */
			doorbell = false;
			assert(!mine)
		:: else
		fi;
#ifdef ANSWER_TOO_EARLY
		running = running && !stopping
#endif
	od
}

active proctype driver()
{
	byte resets;

	do
	:: resets < RESETS ->
		resets++;
		/* DRIVER_OK */
		d_step {
			mine = false;
			status = true;
			settle()
		};
		/* Kicks at any time, or not. */
		if
		:: doorbell = true
		:: skip
		fi;
		/* The bus master off and on again, without waiting. */
		if
		:: d_step { master = false; settle() };
			d_step { master = true; settle() }
		:: skip
		fi;
		/* Status 0... */
		d_step {
			resetting = true;
			settle()
		};
		/* ...until it reads 0. */
		!status;
		mine = true
	:: else -> break
	od;
	finished = true
}

active proctype monitor()
{
	timeout -> assert(finished)
}
