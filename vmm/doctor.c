/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fence.h"
#include "base/log.h"
#include "devices/virtio/virtio_pci.h"
#include "devices/virtio/virtio_pci_snapshot.h"
#include "vmm/vcpu.h"

enum {
	/* After so many looks without anything under way it sleeps. */
	QUIET_LOOKS = 3,
};

#define LOOK_NS NSEC_PER_SEC

static struct virtio_queue *queue_of(const struct doctor_queue *q)
{
	return &q->vp->dev->queue[q->index];
}

static bool has_bit(const uint32_t *words, uint8_t bit)
{
	return words[bit / 32] >> bit % 32 & 1;
}

static bool has_any(const uint32_t *words)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < 8; i++)
		all |= words[i];
	return all;
}

/* Ask all processors once in each look, however many queues need it: the
 * answers are compared with those of the look before. */
static void ask_cpus(struct doctor *d)
{
	uint64_t until = now_ns() + VCPU_SNAPSHOT_NS;

	if (d->asked)
		return;
	d->asked = true;
	for (unsigned i = 0; i < d->n_vcpus; i++)
		vcpu_snapshot_ask(&d->vcpus[i], NULL);
	for (unsigned i = 0; i < d->n_vcpus; i++) {
		struct doctor_cpu *c = &d->state[i];

		c->was_known = c->known;
		c->before = c->now;
		vcpu_snapshot_take(&d->vcpus[i], &c->now, until);
		c->known = !c->now.error;
	}
}

/* What the registers of processor @i say about the queue's interrupt.  Only the
 * guest knows the vector of an interrupt pin, so there any vector counts. */
static void examine(struct doctor *d, unsigned i,
		    const struct stall_snapshot *s)
{
	const struct doctor_cpu *c = &d->state[i];
	const struct vcpu_snapshot *now = &c->now;
	struct stall_cpu *cpu = &d->cpu[i];

	*cpu = (struct stall_cpu){
		.index = i,
	};
	if (!c->known)
		return;
	cpu->requested =
		s->msix ? has_bit(now->irr, s->vector) : has_any(now->irr);
	cpu->in_service =
		s->msix ? has_bit(now->isr, s->vector) : has_any(now->isr);
	cpu->interrupts_off =
		c->was_known && !c->before.interrupts_on && !now->interrupts_on;
	cpu->halted = now->activity == VCPU_HALTED;
	cpu->rip = now->rip;
	cpu->rip_before = c->before.rip;
}

static void forget_cpus(struct doctor *d)
{
	for (unsigned i = 0; i < d->n_vcpus; i++)
		d->state[i].known = false;
}

/* Count a kick that did not come or was not seen. */
static void count_lost(struct doctor_queue *q)
{
	bool lost = q->owed == STALL_NO_KICK || q->owed == STALL_LOST_KICK;

	if (!lost || q->counted)
		return;
	count_add(&queue_of(q)->vq.stats.lost_kicks, 1);
	q->counted = true;
}

static void report(struct doctor_queue *q, enum stall stall,
		   const struct stall_cpu *culprit, uint64_t now)
{
	char text[400];

	stall_describe(stall, &q->snapshot, culprit, now - q->since_ns, text,
		       sizeof(text));
	log_warn("stall: %s %s: %s", q->vp->dev->name, queue_of(q)->name, text);
	q->reported = true;
	q->report_ns = now + (now - q->since_ns);
}

/* Find out why @q has not moved for a while, and log it when it is time. */
static void diagnose(struct doctor *d, struct doctor_queue *q, uint64_t now)
{
	const struct stall_cpu *culprit;
	enum stall stall;

	count_lost(q);
	ask_cpus(d);
	for (unsigned i = 0; i < d->n_vcpus; i++)
		examine(d, i, &q->snapshot);
	if (now < q->report_ns)
		return;
	stall = stall_judge(q->owed, &q->snapshot, d->cpu, d->n_vcpus,
			    &culprit);
	if (stall == STALL_NONE)
		q->cleared = true;
	else
		report(q, stall, culprit, now);
}

static void begin(struct doctor_queue *q, enum stall owed, bool unclear,
		  uint64_t now)
{
	if (q->reported)
		log_info("stall: %s %s: it goes on after %llu s",
			 q->vp->dev->name, queue_of(q)->name,
			 (unsigned long long)((now - q->since_ns) /
					      NSEC_PER_SEC));
	q->owed = owed;
	q->unclear = unclear;
	q->since_ns = now;
	q->report_ns = now + DOCTOR_PATIENCE_NS;
	q->reported = q->counted = q->cleared = false;
}

/* Whether it is the guest's turn: then work of the device is no progress. */
static bool guest_owes(enum stall owed)
{
	return owed == STALL_NOT_CONSUMING || owed == STALL_STARVED;
}

static bool moved(const struct doctor_queue *q, const struct stall_snapshot *s)
{
	if (guest_owes(q->owed))
		return q->snapshot.vq.driver != s->vq.driver ||
		       q->snapshot.vq.running != s->vq.running;
	return stall_moved(&q->snapshot, s);
}

/* Look at one queue.  True: something is under way on it. */
static bool look(struct doctor *d, struct doctor_queue *q, uint64_t now)
{
	struct stall_snapshot s;
	enum stall owed;
	bool unclear, same;

	virtio_pci_look(q->vp, q->index, &s);
	owed = stall_owed(&s);
	unclear = owed == STALL_NONE && stall_unclear(&s);
	same = owed == q->owed && unclear == q->unclear && !moved(q, &s);
	q->snapshot = s;
	if (!same) {
		begin(q, owed, unclear, now);
		return true;
	}
	if (owed == STALL_NONE && (!unclear || q->cleared))
		return false;
	if (now - q->since_ns >= LOOK_NS)
		diagnose(d, q, now);
	return true;
}

bool doctor_look(struct doctor *doctor, uint64_t now)
{
	bool busy = false;

	doctor->asked = false;
	for (unsigned i = 0; i < doctor->n_queues; i++)
		busy |= look(doctor, &doctor->queue[i], now);
	if (!doctor->asked)
		forget_cpus(doctor);
	doctor->quiet = busy ? 0 : doctor->quiet + 1;
	return busy;
}

static void set_asleep(struct doctor *d, bool asleep)
{
	__atomic_store_n(&d->watch.asleep, asleep, __ATOMIC_RELAXED);
	/* Pairs with the fence of the thread that serves a queue, see struct
	 * virtio_watch. */
	full_fence();
}

static void timer_expired(void *arg)
{
	struct doctor *d = arg;
	uint64_t now = now_ns();

	/* doctor_hold() arms the timer again. */
	if (d->held_ns)
		return;
	doctor_look(d, now);
	if (d->quiet >= QUIET_LOOKS) {
		set_asleep(d, true);
		if (!doctor_look(d, now))
			return;
		set_asleep(d, false);
	}
	loop_arm(d->loop, &d->timer, now + LOOK_NS);
}

/* Any thread. */
static void wake(struct virtio_watch *watch)
{
	struct doctor *d = (struct doctor *)((char *)watch -
					     offsetof(struct doctor, watch));

	loop_post(d->loop, &d->woken);
}

static void woken(void *arg)
{
	struct doctor *d = arg;

	d->quiet = 0;
	if (!d->timer.armed)
		loop_arm(d->loop, &d->timer, now_ns() + LOOK_NS);
}

void doctor_init(struct doctor *doctor, struct loop *loop)
{
	*doctor = (struct doctor){
		.loop = loop,
		.timer = { .expired = timer_expired, .arg = doctor },
		.woken = { .fn = woken, .arg = doctor },
		.watch = { .asleep = true, .wake = wake },
	};
}

void doctor_free(struct doctor *doctor)
{
	loop_disarm(doctor->loop, &doctor->timer);
	loop_cancel(doctor->loop, &doctor->woken);
	free(doctor->queue);
	free(doctor->state);
	free(doctor->cpu);
}

static void add(struct doctor *d, struct virtio_pci *vp)
{
	for (unsigned i = 0; i < vp->dev->n_queues; i++)
		d->queue[d->n_queues++] =
			(struct doctor_queue){ .vp = vp, .index = i };
	vp->dev->watch = &d->watch;
}

int doctor_add(struct doctor *doctor, struct virtio_pci *vp)
{
	size_t n = 0;

	for (const struct virtio_pci *p = vp; p; p = p->next)
		n += p->dev->n_queues;
	doctor->queue = calloc(MAX(n, 1), sizeof(*doctor->queue));
	if (!doctor->queue)
		return log_fail(-ENOMEM,
				"the stall doctor: %s: free some memory",
				strerror(ENOMEM));
	for (; vp; vp = vp->next)
		add(doctor, vp);
	return 0;
}

int doctor_set_vcpus(struct doctor *doctor, struct vcpu *vcpus, unsigned n)
{
	doctor->state = calloc(n, sizeof(*doctor->state));
	doctor->cpu = calloc(n, sizeof(*doctor->cpu));
	if (!doctor->state || !doctor->cpu)
		return log_fail(-ENOMEM, "%u vCPUs: %s: use fewer --cpus", n,
				strerror(ENOMEM));
	doctor->vcpus = vcpus;
	doctor->n_vcpus = n;
	return 0;
}

void doctor_hold(struct doctor *doctor, bool held)
{
	uint64_t now = now_ns(), held_ns = doctor->held_ns;

	if (held == (held_ns != 0))
		return;
	doctor->held_ns = held ? now : 0;
	if (held)
		return;
	for (unsigned i = 0; i < doctor->n_queues; i++) {
		doctor->queue[i].since_ns += now - held_ns;
		doctor->queue[i].report_ns += now - held_ns;
	}
	forget_cpus(doctor);
	set_asleep(doctor, false);
	doctor->quiet = 0;
	loop_arm(doctor->loop, &doctor->timer, now + LOOK_NS);
}

static void log_lines(char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		log_show("%s", line);
}

void doctor_dump(const struct doctor *doctor)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (unsigned i = 0; out && i < doctor->n_queues; i++)
		if (doctor->queue[i].index == 0)
			virtio_pci_dump(doctor->queue[i].vp, out);
	if (out && fclose(out) == 0)
		log_lines(text);
	free(text);
}
