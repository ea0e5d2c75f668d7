/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intx.pml - does the pin stay low though there is something to read in ISR
 * status, or is a bit lost?
 *
 * Two parties of the device set a bit of ISR status each and drive the pin
 * (virtio_pci_notify); the driver, whenever the pin has risen, takes the
 * bits, drives the pin (virtio_pci_take_isr) and ends the interrupt, upon
 * which a pin that is still high interrupts again (irq_line_resample).
 *
 * run pass: -DATOMIC=1 -DLOCK=1
 * run fail: -DATOMIC=0 -DLOCK=1
 * run fail: -DATOMIC=1 -DLOCK=0
 * The level must be decided under the lock, not only driven:
 * run fail: -DATOMIC=1 -DLOCK=1 -DDECIDE_BEFORE_LOCK
 * And the driver's read must drive the pin, or it is high for ever:
 * run fail: -DATOMIC=1 -DLOCK=1 -DREAD_DRIVES_NOTHING
 */
#define ROUNDS 2

byte isr;
/* What the device drives; a rise is an interrupt, remembered until taken. */
bool level, interrupt, locked;
byte noticed[2], raised[2], spurious;

/*
 * No store buffers here: atomic operations and locks empty them, so they add
 * nothing to what the interleavings of the steps can do.
 */
/* Each process's own. */
byte old[4];
bool want[4];

inline set_bit(what)
{
#if ATOMIC
	atomic { isr = isr | what }
#else
	old[_pid] = isr;
	isr = old[_pid] | what
#endif
}

inline decide()
{
	want[_pid] = (isr != 0)
}

inline drive()
{
#ifdef DECIDE_BEFORE_LOCK
	decide();
#endif
#if LOCK
	atomic { !locked -> locked = true };
#endif
#ifndef DECIDE_BEFORE_LOCK
	decide();
#endif
	d_step {
		if
		:: want[_pid] && !level -> interrupt = true
		:: else
		fi;
		level = want[_pid]
	};
#if LOCK
	locked = false
#endif
}

active [2] proctype device()
{
	do
	:: raised[_pid] < ROUNDS ->
		raised[_pid]++;
		set_bit(_pid + 1);
		drive();
		/* The next only after this one was seen. */
		noticed[_pid] == raised[_pid]
	:: else -> break
	od
}

active proctype driver()
{
	byte bits;

end:	do
	:: atomic { interrupt -> interrupt = false };
#if ATOMIC
		atomic { bits = isr; isr = 0 };
#else
		bits = isr;
		isr = 0;
#endif
		if
		:: bits & 1 -> noticed[0]++
		:: else
		fi;
		if
		:: bits & 2 -> noticed[1]++
		:: else
		fi;
#ifndef READ_DRIVES_NOTHING
		drive();
#endif
		/* End of interrupt. */
		d_step {
			if
			:: level -> interrupt = true
			:: else
			fi
		};
		/* A spurious interrupt now and then is allowed, no end of
		 * them is not. */
		if
		:: bits == 0 ->
			spurious++;
			assert(spurious <= 4 * ROUNDS + 2)
		:: else
		fi
	od
}

active proctype monitor()
{
	timeout ->
	assert(noticed[0] == ROUNDS && noticed[1] == ROUNDS);
	assert(!level)
}
