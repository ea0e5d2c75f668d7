/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mode.pml - is an event lost when it comes as MSI-X is being enabled, or is
 * the pin left high?
 *
 * The device raises events (virtio_pci_notify): by a message if MSI-X is
 * enabled, else by the pin, for which it looks again under the pin's lock.  A
 * vCPU enables and disables MSI-X (pci_msix_update), and drives the pin after
 * each (drive_intx); in the end MSI-X is enabled.
 *
 * run pass: -DMODES=1
 * run pass: -DMODES=3
 * If it looks once only, an event may have neither:
 * run fail: -DMODES=1 -DLOOK_ONCE
 * If it looks again before it has the pin's lock, the pin may stay high:
 * run fail: -DMODES=1 -DLOOK_BEFORE_LOCK
 * And so it may if the vCPU drives it first:
 * run fail: -DMODES=1 -DDRIVE_FIRST
 */
#define EVENTS 2

bool msix_locked, pin_locked;
bool msix, isr, level;
byte raised;
/* Events raised when the driver was last interrupted: it knows of those. */
byte told;

/* No store buffers here: all is done under locks, which empty them. */
#define TAKE(lock) atomic { !lock -> lock = true }
#define GIVE(lock) lock = false

/* Each process's own. */
bool by_message[3];

/* pci_msix_notify(): by_message is what it returns. */
inline notify()
{
	TAKE(msix_locked);
	by_message[_pid] = msix;
	if
	:: by_message[_pid] -> told = raised
	:: else
	fi;
	GIVE(msix_locked)
}

/* A level that is driven high interrupts, now or at the end of an interrupt
 * that is being handled. */
inline drive(high)
{
	level = high;
	if
	:: level -> told = raised
	:: else
	fi
}

/* Of virtio_pci_irq.c; pci_msix_enabled() is one step. */
inline drive_intx()
{
	TAKE(pin_locked);
	by_message[_pid] = msix;
	drive(isr && !by_message[_pid]);
	GIVE(pin_locked)
}

active proctype device()
{
	do
	:: raised < EVENTS ->
		raised++;
		isr = true;
		notify();
		if
		:: by_message[_pid]
		:: else ->
#ifdef LOOK_ONCE
			drive_intx()
#else
#ifdef LOOK_BEFORE_LOCK
			notify();
#endif
			TAKE(pin_locked);
#ifndef LOOK_BEFORE_LOCK
			notify();
#endif
			if
			:: by_message[_pid]
			:: else -> drive(isr)
			fi;
			GIVE(pin_locked)
#endif
		fi
	:: else -> break
	od
}

inline set_mode(on)
{
	TAKE(msix_locked);
	msix = on;
	GIVE(msix_locked)
}

active proctype vcpu()
{
	byte modes;

	do
	:: modes < MODES ->
		modes++;
#ifdef DRIVE_FIRST
		drive_intx();
		set_mode(modes % 2)
#else
		set_mode(modes % 2);
		drive_intx()
#endif
	:: else -> break
	od
}

/* When nothing more can happen, the driver knows of every event, and the pin
 * is not in use. */
active proctype monitor()
{
	timeout ->
	assert(told == raised);
	assert(!level)
}
