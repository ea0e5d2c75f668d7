/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor.h - watches the devices' queues for stalls and says whose fault it is
 *
 * Once a second, while requests are under way on any queue, it looks at all
 * queues (devices/virtio/stall.h).  If one side owes the other something, and
 * nothing has moved for three looks, it logs one line, and another one each
 * time the stall has lasted twice as long.  When nothing has been under way for
 * some looks it sleeps until a device serves a queue again, so it does not wake
 * an idle machine.
 *
 * It only looks, and is not in the path of data.  To find out about interrupts
 * it asks processors for their registers.  That costs them microseconds, and
 * happens only once something does not move.
 *
 * Threads: main thread, the loop's.  The devices' threads wake it.
 */
#ifndef VMM_DOCTOR_H
#define VMM_DOCTOR_H

#include "base/loop.h"
#include "devices/virtio/stall.h"
#include "devices/virtio/virtio.h"
#include "vmm/vcpu_snapshot.h"

struct vcpu;
struct virtio_pci;

/* How long a side may owe something before that is a stall. */
#define DOCTOR_PATIENCE_NS (3 * NSEC_PER_SEC)

struct doctor_queue {
	struct virtio_pci *vp;
	unsigned index;
	/* State at the last look, what was owed then, and since when. */
	struct stall_snapshot snapshot;
	enum stall owed;
	bool unclear;
	uint64_t since_ns;
	/* When to log the stall next.  @cleared: a closer look has shown that
	 * there is no stall. */
	uint64_t report_ns;
	bool reported, counted, cleared;
};

/* What a processor did at this look and at the one before, if it answered. */
struct doctor_cpu {
	bool known, was_known;
	struct vcpu_snapshot now, before;
};

struct doctor {
	struct loop *loop;
	struct loop_timer timer;
	struct loop_work woken;
	struct virtio_watch watch;
	struct doctor_queue *queue;
	unsigned n_queues;
	/* Since when the doctor is held and does not look; 0: it looks. */
	uint64_t held_ns;
	/* Looks since anything was under way. */
	unsigned quiet;
	struct vcpu *vcpus;
	unsigned n_vcpus;
	/* The processors have been asked in this look. */
	bool asked;
	struct doctor_cpu *state;
	struct stall_cpu *cpu;
};

/* Make a doctor that sleeps and watches nothing yet. */
void doctor_init(struct doctor *doctor, struct loop *loop);

/* Free the doctor.  The devices that it watched have been freed. */
void doctor_free(struct doctor *doctor);

/* Watch the queues of @vp, none of which is lent yet, and of those behind it in
 * the list of a machine's devices.  Once.  Logs; -ENOMEM. */
int doctor_add(struct doctor *doctor, struct virtio_pci *vp);

/* Ask these @n processors until their machine stops.  Logs; -ENOMEM. */
int doctor_set_vcpus(struct doctor *doctor, struct vcpu *vcpus, unsigned n);

/* Look at all queues at the time @now.  True: something is under way.  Its
 * timer calls it; public for its test. */
bool doctor_look(struct doctor *doctor, uint64_t now);

/* The guest is held, so what it owes does not count as a stall; or it goes
 * on. */
void doctor_hold(struct doctor *doctor, bool held);

/* Log the state of all queues, at any log level. */
void doctor_dump(const struct doctor *doctor);

#endif
