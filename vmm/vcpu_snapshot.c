/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vcpu_snapshot.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "base/util.h"
#include "vmm/vcpu.h"
#include "vmm/vcpu_stack.h"
#include "vmm/vcpu_state.h"

enum {
	RFLAGS_IF = BIT(9),
	APIC_ISR = 0x100,
	APIC_IRR = 0x200,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_MODE_AND_MASK = 0x10700,
	APIC_LVT_NMI = 4 << 8,
	APIC_WORD_STRIDE = 16,
};

/* FNV-1a, by words. */
static uint64_t digest(const struct kvm_regs *regs)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	uint64_t words[sizeof(*regs) / sizeof(uint64_t)];

	memcpy(words, regs, sizeof(words));
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		hash = (hash ^ words[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static int read_registers(int fd, struct vcpu_snapshot *s)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;

	if (ioctl(fd, KVM_GET_REGS, &regs) < 0 ||
	    ioctl(fd, KVM_GET_SREGS, &sregs) < 0)
		return -errno;
	s->rip = regs.rip;
	s->digest = digest(&regs);
	s->interrupts_on = regs.rflags & RFLAGS_IF;
	s->ring = sregs.ss.dpl;
	return 0;
}

/* A KVM that lacks some of these leaves the fields at zero. */
static void read_activity(int fd, struct vcpu_snapshot *s)
{
	struct kvm_mp_state mp;

	if (ioctl(fd, KVM_GET_MP_STATE, &mp) < 0 ||
	    mp.mp_state == KVM_MP_STATE_RUNNABLE)
		s->activity = VCPU_RUNNING;
	else if (mp.mp_state == KVM_MP_STATE_HALTED)
		s->activity = VCPU_HALTED;
	else
		s->activity = VCPU_WAITING;
}

static void read_interrupts(int fd, struct vcpu_snapshot *s)
{
	struct kvm_lapic_state apic;
	struct kvm_vcpu_events events;

	if (ioctl(fd, KVM_GET_VCPU_EVENTS, &events) == 0)
		s->nmi_pending = events.nmi.pending || events.nmi.injected;
	if (ioctl(fd, KVM_GET_LAPIC, &apic) < 0)
		return;
	s->nmi_from_pic = (get_le32(apic.regs + APIC_LVT_LINT0) &
			   APIC_LVT_MODE_AND_MASK) == APIC_LVT_NMI;
	for (unsigned i = 0; i < ARRAY_SIZE(s->irr); i++) {
		const char *word = apic.regs + (size_t)i * APIC_WORD_STRIDE;

		s->isr[i] = get_le32(word + APIC_ISR);
		s->irr[i] = get_le32(word + APIC_IRR);
	}
}

static void read_all(const struct vcpu *vcpu, struct vcpu_snapshot *s)
{
	*s = (struct vcpu_snapshot){ .taken_ns = now_ns() };
	s->error = read_registers(vcpu->fd, s);
	if (s->error)
		return;
	read_activity(vcpu->fd, s);
	s->syscall_entry = vcpu_state_syscall_entry(vcpu->fd);
	read_interrupts(vcpu->fd, s);
	for (unsigned i = 0; i < VCPU_EXIT_KINDS; i++)
		s->exits[i] =
			__atomic_load_n(&vcpu->exits[i], __ATOMIC_RELAXED);
}

void vcpu_query_init(struct vcpu_query *query)
{
	pthread_condattr_t attr;

	*query = (struct vcpu_query){ 0 };
	pthread_mutex_init(&query->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&query->answered, &attr);
	pthread_condattr_destroy(&attr);
}

void vcpu_query_free(struct vcpu_query *query)
{
	pthread_cond_destroy(&query->answered);
	pthread_mutex_destroy(&query->lock);
}

/* Under the lock. */
static void answer(struct vcpu *vcpu)
{
	struct vcpu_query *query = &vcpu->query;

	if (query->want_snapshot) {
		query->want_snapshot = false;
		read_all(vcpu, &query->snapshot);
		if (query->stack)
			vcpu_stack_read(vcpu, query->stack);
		query->stack = NULL;
		pthread_cond_signal(&query->answered);
	}
	if (query->want_nmi) {
		query->want_nmi = false;
		if (ioctl(vcpu->fd, KVM_NMI, 0) < 0)
			log_info("vCPU %u: no NMI: %s", vcpu->index,
				 strerror(errno));
	}
}

void vcpu_answer(struct vcpu *vcpu)
{
	pthread_mutex_lock(&vcpu->query.lock);
	answer(vcpu);
	pthread_mutex_unlock(&vcpu->query.lock);
}

void vcpu_query_close(struct vcpu *vcpu)
{
	pthread_mutex_lock(&vcpu->query.lock);
	answer(vcpu);
	vcpu->query.closed = true;
	pthread_mutex_unlock(&vcpu->query.lock);
}

void vcpu_snapshot_ask(struct vcpu *vcpu, struct vcpu_stack *stack)
{
	struct vcpu_query *query = &vcpu->query;

	if (!vcpu->started)
		return;
	pthread_mutex_lock(&query->lock);
	query->want_snapshot = true;
	query->stack = stack;
	if (query->closed)
		answer(vcpu);
	else
		vcpu_kick(vcpu);
	pthread_mutex_unlock(&query->lock);
}

/* Under the lock, which is released while it waits.  False: no answer came. */
static bool await_answer(struct vcpu_query *query, uint64_t until_ns)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(until_ns % NSEC_PER_SEC),
	};

	while (query->want_snapshot)
		if (pthread_cond_timedwait(&query->answered, &query->lock,
					   &until) == ETIMEDOUT)
			break;
	return !query->want_snapshot;
}

void vcpu_snapshot_take(struct vcpu *vcpu, struct vcpu_snapshot *snapshot,
			uint64_t until_ns)
{
	struct vcpu_query *query = &vcpu->query;

	*snapshot = (struct vcpu_snapshot){ .error = -ESRCH };
	if (!vcpu->started)
		return;
	pthread_mutex_lock(&query->lock);
	if (await_answer(query, until_ns))
		*snapshot = query->snapshot;
	else
		snapshot->error = -ETIMEDOUT;
	/* The thread may answer later, when the memory at @stack may be
	 * gone. */
	query->stack = NULL;
	pthread_mutex_unlock(&query->lock);
}

void vcpu_nmi(struct vcpu *vcpu)
{
	struct vcpu_query *query = &vcpu->query;

	if (!vcpu->started)
		return;
	pthread_mutex_lock(&query->lock);
	query->want_nmi = true;
	if (!query->closed)
		vcpu_kick(vcpu);
	pthread_mutex_unlock(&query->lock);
}

const char *vcpu_exit_name(enum vcpu_exit kind)
{
	static const char *const names[] = {
		[VCPU_EXIT_PORT] = "port",
		[VCPU_EXIT_MMIO] = "MMIO",
		[VCPU_EXIT_SIGNAL] = "signal",
		[VCPU_EXIT_OTHER] = "other",
	};

	return names[kind];
}
