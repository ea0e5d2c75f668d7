/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor.h - watches the devices' queues for stalls and says whose fault it is
 *
 * Once a second, while something is under way on a queue, it looks at all of
 * them (devices/virtio/stall.h).  What is owed and has not moved for three
 * looks is logged in one line, and again each time it has lasted twice as
 * long.  It sleeps when nothing has been under way for some looks, until a
 * device serves a queue again: an idle machine is not woken by it.
 *
 * It only looks, from outside the path of data; to find out about interrupts
 * it has processors give their registers away, which costs them microseconds,
 * and only once something does not move.
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

/* How long something may be owed. */
#define DOCTOR_PATIENCE_NS (3 * NSEC_PER_SEC)

struct doctor_queue {
	struct virtio_pci *vp;
	unsigned index;
	/* At the last look; what was owed, and since when that is so. */
	struct stall_snapshot snapshot;
	enum stall owed;
	bool unclear;
	uint64_t since_ns;
	/* When to speak of it; once it was clear that there is nothing. */
	uint64_t report_ns;
	bool reported, counted, cleared;
};

/* What a processor did when it was last asked, and the time before that, a
 * look ago; if it answered. */
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
	/* Since when it does not look; 0: it does. */
	uint64_t held_ns;
	/* Looks since anything was under way. */
	unsigned quiet;
	struct vcpu *vcpus;
	unsigned n_vcpus;
	/* They have been asked in this look. */
	bool asked;
	struct doctor_cpu *state;
	struct stall_cpu *cpu;
};

/* It watches nothing yet, and is asleep. */
void doctor_init(struct doctor *doctor, struct loop *loop);

/* What it watches has been freed. */
void doctor_free(struct doctor *doctor);

/* Watch the queues of @vp, none of which is lent yet, and of those behind it in
 * the list of a machine's devices.  Once.  Logs; -ENOMEM. */
int doctor_add(struct doctor *doctor, struct virtio_pci *vp);

/* Ask these @n processors until their machine stops.  Logs; -ENOMEM. */
int doctor_set_vcpus(struct doctor *doctor, struct vcpu *vcpus, unsigned n);

/* Look at all queues, it being @now; true: something is under way.  Called
 * by its timer. */
bool doctor_look(struct doctor *doctor, uint64_t now);

/* The guest stands still, and owes nothing for that; or it goes on. */
void doctor_hold(struct doctor *doctor, bool held);

/* Log the state of all it watches, at any level. */
void doctor_dump(const struct doctor *doctor);

#endif
