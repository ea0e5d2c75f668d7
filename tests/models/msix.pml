/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * msix.pml - is an event lost when it comes as the vector is being masked or
 * unmasked?
 *
 * The device raises events (pci_msix_notify): live, it sends, else it sets
 * the pending bit.  A vCPU masks and unmasks the vector (set_live), and in
 * the end leaves it unmasked; going live it sends what is pending.  Both do
 * it under the same lock.
 *
 * run pass: -DLOCK=1 -DDEVICE_FENCE=0 -DVCPU_FENCE=0
 * Fences instead, on either side or both, are not enough:
 * run fail: -DLOCK=0 -DDEVICE_FENCE=1 -DVCPU_FENCE=1
 * run fail: -DLOCK=0 -DDEVICE_FENCE=0 -DVCPU_FENCE=0
 * run fail: -DLOCK=0 -DDEVICE_FENCE=1 -DVCPU_FENCE=0
 * run fail: -DLOCK=0 -DDEVICE_FENCE=0 -DVCPU_FENCE=1
 * The lock must be held from looking to acting:
 * run fail: -DLOCK=1 -DDEVICE_FENCE=0 -DVCPU_FENCE=0 -DLOOK_BEFORE_LOCK
 * And what was pending must be sent:
 * run fail: -DLOCK=1 -DDEVICE_FENCE=0 -DVCPU_FENCE=0 -DFORGET_PENDING
 */
#define EVENTS 2
#define MASKS  2

#define LIVE	0
#define PENDING 1
#define MEMORY	2
#include "tso.h"

#define DEVICE 0
#define VCPU   1

bool locked;
byte raised, sent;
/* Events raised when the last message was sent: it tells of those. */
byte told;

/* Taking and giving up a mutex empty the store buffer. */
#if LOCK
#define TAKE(thread) atomic { !locked -> locked = true }
#define GIVE(thread) FENCE(thread); locked = false
#else
#define TAKE(thread)
#define GIVE(thread)
#endif

#define SEND d_step { sent++; told = raised }

active proctype device()
{
	bool live;

	do
	:: raised < EVENTS ->
		raised++;
#ifdef LOOK_BEFORE_LOCK
		live = LOAD(LIVE);
#endif
		TAKE(DEVICE);
#ifndef LOOK_BEFORE_LOCK
#if !LOCK
		/* Set the bit first, then look whether to send. */
		STORE(DEVICE, PENDING, true);
#if DEVICE_FENCE
		FENCE(DEVICE);
#endif
#endif
		live = LOAD(LIVE);
#endif
		if
		:: live -> SEND
		:: else ->
#if LOCK
			STORE(DEVICE, PENDING, true)
#endif
		fi;
		GIVE(DEVICE)
	:: else -> break
	od
}

active proctype vcpu()
{
	byte masks;
	bool pending;

	do
	:: masks < MASKS ->
		masks++;
		/* Mask... */
		TAKE(VCPU);
		STORE(VCPU, LIVE, false);
		GIVE(VCPU);
		/* ...and unmask. */
		TAKE(VCPU);
		STORE(VCPU, LIVE, true);
#if VCPU_FENCE
		FENCE(VCPU);
#endif
		pending = LOAD(PENDING);
		if
#ifndef FORGET_PENDING
		:: pending ->
			STORE(VCPU, PENDING, false);
			SEND
#endif
		:: else
		fi;
		GIVE(VCPU)
	:: else -> break
	od
}

/* When nothing more can happen, the driver knows of every event. */
active proctype monitor()
{
	timeout -> assert(told == raised)
}
