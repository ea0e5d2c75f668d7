/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hold.pml - does a processor that a debugger holds hear of its release, of
 * questions and of the end; and does the debugger use it only while it is held?
 *
 * The main thread holds the vCPU, waits until it is held, uses its registers,
 * lets it go, and at last ends it (vmm/debugger_run.c).  The vCPU's thread runs the
 * guest until it is kicked, and waits for kicks while it is held
 * (vcpu_hold_wait).  A kick sets immediate_exit and then sends a signal, which
 * is lost where nothing waits for it.
 *
 * run pass: -DROUNDS=2
 * If it waits without a look at immediate_exit, a kick that came just before
 * is lost:
 * run fail: -DROUNDS=2 -DNO_LOOK
 * If signals are not blocked from that look to the wait, one between both is:
 * run fail: -DROUNDS=2 -DNO_BLOCK
 * If immediate_exit is set to 0 after what was asked is looked at, a question
 * is forgotten:
 * run fail: -DROUNDS=2 -DCLEAR_LATE
 * If it is let go without a kick:
 * run fail: -DROUNDS=2 -DNO_KICK
 */
bool wanted, held, stop;
bool immediate_exit, pending, blocked;
/* The vCPU's thread is in the guest, or uses its registers; the main thread
 * does. */
bool in_guest, main_uses;
bool ended, main_done;

/* The lock of vcpu_hold. */
bool locked;
#define TAKE atomic { !locked -> locked = true }
#define GIVE locked = false

/* Delivered at once, to a handler that does nothing, unless it is blocked: then
 * it stays pending.  In the guest or in ppoll(2) it interrupts. */
inline kick()
{
	immediate_exit = true;
	pending = true
}

/* A signal that is not blocked does not stay: it may be delivered at any
 * step. */
active proctype signals()
{
	do
	:: atomic { pending && !blocked && !in_guest -> pending = false }
	:: ended -> break
	od
}

active proctype vcpu()
{
	bool stays;

	do
	:: stop -> break
	:: else ->
		/* KVM_RUN: until a signal, or not at all. */
		atomic { !main_uses; in_guest = true };
		assert(!main_uses);
		(immediate_exit || pending);
		in_guest = false;
		pending = false;
		do
		:: true ->
#ifndef CLEAR_LATE
			immediate_exit = false;
#endif
			if
			:: stop -> break
			:: else
			fi;
			TAKE;
			stays = wanted;
			held = wanted;
			GIVE;
#ifdef CLEAR_LATE
			immediate_exit = false;
#endif
			if
			:: !stays -> break
			:: else
			fi;
#ifndef NO_BLOCK
			blocked = true;
#endif
#ifdef NO_LOOK
			pending;
			pending = false;
#else
			if
			:: immediate_exit
			:: else ->
				/* ppoll(2) unblocks and waits in one. */
				pending;
				pending = false
			fi;
#endif
			blocked = false
		od
	od;
	ended = true
}

active proctype main()
{
	byte rounds;

	do
	:: rounds < ROUNDS ->
		rounds++;
		TAKE;
		wanted = true;
		GIVE;
		kick();
		held;
		main_uses = true;
		assert(!in_guest);
		main_uses = false;
		/* A question, perhaps. */
		if
		:: kick()
		:: true
		fi;
		TAKE;
		wanted = false;
		held = false;
		GIVE;
#ifndef NO_KICK
		kick();
#endif
		/* It does go on. */
		in_guest
	:: else -> break
	od;
	if
	:: TAKE; wanted = true; GIVE; kick()
	:: true
	fi;
	stop = true;
	kick();
	main_done = true
}

/* When nothing more can happen, the thread has ended. */
active proctype monitor()
{
	timeout ->
	assert(main_done && ended)
}
