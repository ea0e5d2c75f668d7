/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/standstill.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/util.h"
#include "vmm/symbols.h"
#include "vmm/vcpus.h"
#include "vmm/wake.h"

/* Between two looks at a busy guest, and at one that sleeps; and between the
 * answers that are compared. */
#define BUSY_NS	   (250 * NSEC_PER_MSEC)
#define SLEEPY_NS  (16 * NSEC_PER_SEC)
#define CONFIRM_NS (50 * NSEC_PER_MSEC)

enum {
	/* Answers that must be the same. */
	ANSWERS = 3,
	/* The guest is idle if its vCPUs together use less than one part in so
	 * many of one processor: a timer that nobody serves still ticks. */
	HARDLY = 8,
};

static bool is_halted(const struct vcpu_snapshot *s)
{
	return s->activity == VCPU_HALTED && !s->interrupts_on &&
	       !s->nmi_pending && !s->nmi_from_pic;
}

bool standstill_is(const struct vcpu_snapshot *snapshots, unsigned n)
{
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		const struct vcpu_snapshot *s = &snapshots[i];

		if (s->error)
			return false;
		if (s->activity == VCPU_WAITING)
			continue;
		if (!is_halted(s))
			return false;
		any = true;
	}
	return any;
}

static bool same_registers(const struct standstill *s)
{
	for (unsigned i = 0; i < s->vcpus->n; i++)
		if (s->before[i].digest != s->now[i].digest)
			return false;
	return true;
}

static uint64_t used(const struct standstill *s)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < s->vcpus->n; i++)
		sum += vcpu_used_ns(&s->vcpus->vcpu[i]);
	return sum;
}

/* Ask the vCPUs where they are; returns how many answers are the same by
 * now. */
static unsigned ask(struct standstill *s)
{
	size_t size = s->vcpus->n * sizeof(*s->now);

	vcpu_set_snapshot(s->vcpus, s->now, NULL);
	if (!standstill_is(s->now, s->vcpus->n) ||
	    kvm_can_wake_halted(s->kvm, s->msi))
		return 0;
	if (s->same && !same_registers(s))
		s->same = 0;
	memcpy(s->before, s->now, size);
	return s->same + 1;
}

static void look(void *arg)
{
	struct standstill *s = arg;
	uint64_t now = now_ns(), before = s->used_ns;
	bool idle;

	idle = (used(s) - before) * HARDLY < now - s->looked_ns;
	s->same = idle ? ask(s) : 0;
	if (s->same == ANSWERS) {
		s->found(s->arg);
		return;
	}
	/* The time that answering has cost does not count. */
	s->used_ns = used(s);
	s->looked_ns = now_ns();
	s->interval_ns = idle ? MIN(2 * s->interval_ns, SLEEPY_NS) : BUSY_NS;
	loop_arm(s->loop, &s->timer,
		 s->looked_ns + (s->same ? CONFIRM_NS : s->interval_ns));
}

int standstill_start(struct standstill *standstill, struct loop *loop,
		     struct vcpu_set *vcpus, const struct kvm *kvm,
		     struct kvm_messages *msi, void (*found)(void *arg),
		     void *arg)
{
	struct standstill *s = standstill;

	*s = (struct standstill){
		.loop = loop,
		.vcpus = vcpus,
		.kvm = kvm,
		.msi = msi,
		.found = found,
		.arg = arg,
		.timer = { .expired = look, .arg = s },
		.interval_ns = BUSY_NS,
		.looked_ns = now_ns(),
		.before = calloc(vcpus->n, sizeof(*s->before)),
		.now = calloc(vcpus->n, sizeof(*s->now)),
	};
	if (!s->before || !s->now)
		return log_fail(-ENOMEM, "%u vCPUs: %s: use fewer --cpus",
				vcpus->n, strerror(ENOMEM));
	loop_arm(loop, &s->timer, s->looked_ns + BUSY_NS);
	return 0;
}

void standstill_hold(struct standstill *standstill, bool held)
{
	struct standstill *s = standstill;

	if (!s->loop)
		return;
	loop_disarm(s->loop, &s->timer);
	if (held)
		return;
	s->same = 0;
	s->interval_ns = BUSY_NS;
	s->used_ns = used(s);
	s->looked_ns = now_ns();
	loop_arm(s->loop, &s->timer, s->looked_ns + BUSY_NS);
}

void standstill_stop(struct standstill *standstill)
{
	if (standstill->loop)
		loop_disarm(standstill->loop, &standstill->timer);
	free(standstill->before);
	free(standstill->now);
	*standstill = (struct standstill){ 0 };
}

void standstill_describe(const struct standstill *standstill,
			 const struct symbols *symbols, struct text *text)
{
	const struct vcpu_snapshot *s = standstill->now;
	const char *between = "";
	uint64_t slide = symbols_slide(symbols, s->syscall_entry);

	for (unsigned i = 0; i < standstill->vcpus->n; i++) {
		if (s[i].activity == VCPU_WAITING)
			continue;
		text_put(text, "%svCPU %u", between, i);
		symbols_put(text, symbols, slide, s[i].rip);
		between = ", ";
	}
}
