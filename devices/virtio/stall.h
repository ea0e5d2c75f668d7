/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stall.h - why a queue does not move, and who is to blame
 *
 * A queue goes on when four parties do their part: the driver lends buffers
 * and kicks, the device uses them and interrupts, the driver's interrupt
 * handler takes them back, and what is behind the device gives and takes.
 * A snapshot of the queue shows which of them has to act next.  If the same
 * party still has to act seconds later and nothing has moved, that is a stall.
 *
 * These functions depend on their arguments only.
 */
#ifndef DEVICES_VIRTIO_STALL_H
#define DEVICES_VIRTIO_STALL_H

#include "devices/virtio/vq_snapshot.h"

enum stall {
	STALL_NONE,
	STALL_NOT_CONSUMING,
	STALL_STARVED,
	STALL_NOT_TAKEN,
	STALL_NO_KICK,
	STALL_BACK_END,
	STALL_LOST_KICK,
};

/* A queue and its surroundings. */
struct stall_snapshot {
	struct vq_snapshot vq;
	/* Its buffers are for what comes from behind the device. */
	bool receives;
	/* Who is at either end may take his time. */
	bool stream;
	/* What is behind the device has something for which there are no
	 * buffers, or does not take what is in them, or has not answered. */
	bool waits;
	/* What is behind it is called: "debian.img".  NULL: the network. */
	const char *behind;
	/* A kick is in the doorbell. */
	bool rung;
	/* The queue's interrupt: by MSI-X, with a vector of its own, which is
	 * masked, and has an event pending for that. */
	bool msix, has_vector, masked, pending;
	/* What the message says: the APIC's vector. */
	uint8_t vector;
	/* Without MSI-X: the ISR bit is set; and the pin may be driven. */
	bool isr, pin_enabled;
};

/* What is known of processors; taken twice, a second apart. */
struct stall_cpu {
	/* The number of the vCPU; whether the queue's vector is in its APIC's
	 * IRR, or ISR. */
	unsigned index;
	bool requested, in_service;
	/* RFLAGS.IF was clear both times; it is in HLT. */
	bool interrupts_off, halted;
	/* The program counter now, and a second ago. */
	uint64_t rip, rip_before;
};

/* What is owed, without a look at the processors. */
enum stall stall_owed(const struct stall_snapshot *snapshot);

/* Nothing is owed for certain, but an interrupt was sent and the driver has
 * not shown that it knows: the processors can tell. */
bool stall_unclear(const struct stall_snapshot *snapshot);

/* Whether something has happened on a queue between @a and @b. */
bool stall_moved(const struct stall_snapshot *a,
		 const struct stall_snapshot *b);

/*
 * What it is, in the end: @owed, or, as the @n processors @cpu show, that the
 * interrupt was not taken.  *@culprit is then one that did not, or NULL.
 */
enum stall stall_judge(enum stall owed, const struct stall_snapshot *snapshot,
		       const struct stall_cpu *cpu, unsigned n,
		       const struct stall_cpu **culprit);

/* One line: "receive starved for 3.0 s: ...".  @culprit as judged. */
void stall_describe(enum stall stall, const struct stall_snapshot *snapshot,
		    const struct stall_cpu *culprit, uint64_t ns, char *text,
		    size_t room);

#endif
