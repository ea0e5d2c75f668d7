/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * coalesced.h - port writes that KVM keeps until the next exit
 *
 * A guest that looks for PCI devices writes an address to port 0xCF8 and then
 * uses port 0xCFC, some hundred times; it reads the clock by the ports 0x70 and
 * 0x71.  The first write of each pair only chooses a register.  KVM can put
 * such writes into a ring (KVM_CAP_COALESCED_PIO).  Then the vCPU leaves the
 * guest for the second access only, and the ring is emptied before that is
 * answered.
 *
 * Among the ports of the PCI address is 0xCF9, the reset control register, and
 * a write to it must not stay in the ring.  So KVM has these ports only while
 * the guest uses them all the time: a timer looks after some milliseconds,
 * carries out what is in the ring, and takes the ports back if that was
 * nothing.  A guest that uses them seldom, or never, causes no wake-up.
 *
 * Threads: made and freed by the main thread, whose loop has the timer.  Any
 * vCPU thread calls coalesced_take() and coalesced_exit().
 */
#ifndef VMM_COALESCED_H
#define VMM_COALESCED_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

struct bus;
struct kvm;
struct kvm_coalesced_mmio_ring;

enum { COALESCED_ZONES = 2 };

struct coalesced {
	const struct kvm *kvm;
	struct bus *port;
	struct loop *loop;
	/* In memory that KVM shares with us; NULL: KVM cannot do it.  It does
	 * not change while vCPUs run. */
	struct kvm_coalesced_mmio_ring *ring;

	/* Protects all fields below, and the ring's `first`. */
	pthread_mutex_t lock;
	struct coalesced_zone {
		/* KVM has the ports. */
		bool on;
		/* Exits for them since KVM had them last. */
		unsigned exits;
	} zone[COALESCED_ZONES];
	/* Writes that were in the ring, and how many they were when the timer
	 * looked last. */
	uint64_t taken, taken_before;
	/* Arms the timer, on the loop's thread. */
	struct loop_work begun;
	struct loop_timer timer;
};

/* Writes are carried out on @port. */
void coalesced_init(struct coalesced *c, const struct kvm *kvm,
		    struct bus *port, struct loop *loop);

/* @run, of @size bytes, is what KVM shares with us of a vCPU.  It stays mapped
 * until coalesced_free(). */
void coalesced_map(struct coalesced *c, void *run, size_t size);

/* Carry out the writes that are in the ring.  Each vCPU calls it after it has
 * left the guest, before it answers.  False: there were none.  @c may be NULL,
 * here and below. */
bool coalesced_take(struct coalesced *c);

/* A vCPU has left the guest to write @size bytes to @port. */
void coalesced_exit(struct coalesced *c, uint16_t port, unsigned size);

/* All vCPUs have stopped. */
void coalesced_free(struct coalesced *c);

#endif
