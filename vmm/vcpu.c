/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "vmm/vcpu.h"

#include <assert.h>
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/bus.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/trace.h"
#include "base/util.h"
#include "vmm/coalesced.h"
#include "vmm/cpuid.h"
#include "vmm/exit_places.h"
#include "vmm/kvm.h"
#include "vmm/vcpu_failure.h"
#include "vmm/vcpu_state.h"
#include "vmm/vcpu_trace.h"

/* A kick that has taken effect through immediate_exit sends its signal a moment
 * later.  A signal that comes longer after the last kick is not that kick's. */
#define STRAY_NS NSEC_PER_SEC

static void count(struct vcpu *vcpu, enum vcpu_exit kind)
{
	/* Relaxed: a statistic with one writer, no partner. */
	__atomic_fetch_add(&vcpu->exits[kind], 1, __ATOMIC_RELAXED);
}

static void count_place(struct vcpu *vcpu, enum vcpu_exit kind, uint64_t addr,
			bool write)
{
	count(vcpu, kind);
	if (vcpu->places)
		exit_places_count(vcpu->places, addr, kind == VCPU_EXIT_MMIO,
				  write);
}

void vcpu_env_stop(struct vcpu_env *env)
{
	/* Release: pairs with the acquire in stopping(). */
	__atomic_store_n(&env->stop, true, __ATOMIC_RELEASE);
}

static bool stopping(const struct vcpu *vcpu)
{
	/* Acquire: pairs with the release in vcpu_env_stop(). */
	return __atomic_load_n(&vcpu->env->stop, __ATOMIC_ACQUIRE);
}

static uint64_t load(const uint8_t *data, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, data, size);
	return value;
}

/* Port I/O; for string instructions, @count items one after another. */
static void handle_port(struct vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	unsigned size = run->io.size;
	uint8_t *data = (uint8_t *)vcpu->run + run->io.data_offset;
	struct bus *bus = vcpu->env->port;

	for (uint32_t i = 0; i < run->io.count; i++, data += size) {
		if (run->io.direction == KVM_EXIT_IO_OUT) {
			bus_write(bus, run->io.port, size, load(data, size));
		} else {
			uint64_t value = bus_read(bus, run->io.port, size);

			memcpy(data, &value, size);
		}
	}
	if (run->io.direction == KVM_EXIT_IO_OUT)
		coalesced_exit(vcpu->env->coalesced, run->io.port, size);
}

/* The largest access that a bus knows (8, 4, 2, 1) within @len bytes: KVM
 * splits accesses at page boundaries, so a piece may have any length up to
 * 8. */
static unsigned piece(unsigned len)
{
	return len >= 8 ? 8 : len >= 4 ? 4 : len >= 2 ? 2 : 1;
}

static void handle_mmio(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;
	unsigned len = MIN(run->mmio.len, 8u), size;
	struct bus *bus = vcpu->env->mmio;

	for (unsigned i = 0; i < len; i += size) {
		uint64_t addr = run->mmio.phys_addr + i;
		uint8_t *data = run->mmio.data + i;

		size = piece(len - i);
		if (run->mmio.is_write) {
			bus_write(bus, addr, size, load(data, size));
		} else {
			uint64_t value = bus_read(bus, addr, size);

			memcpy(data, &value, size);
		}
	}
}

const struct vcpu_crash *vcpu_env_crash(const struct vcpu_env *env)
{
	/* Acquire: pairs with the release in cannot_go_on(). */
	const struct vcpu *vcpu =
		__atomic_load_n(&env->crashed, __ATOMIC_ACQUIRE);

	return vcpu ? &vcpu->crash : NULL;
}

static void request(struct vcpu *vcpu, enum power_request what, const char *by)
{
	power_request(&vcpu->env->power, what, by);
}

/* Save the vCPU's state for the report, and end the machine. */
static void cannot_go_on(struct vcpu *vcpu)
{
	enum power_request what = POWER_TRIPLE_FAULT;
	const char *by = "triple fault";
	const struct vcpu *none = NULL;

	if (vcpu->run->exit_reason != KVM_EXIT_SHUTDOWN)
		what = vcpu_failure(vcpu, &by);
	vcpu_crash_read(vcpu, &vcpu->crash);
	/* Release: pairs with the acquire in vcpu_env_crash(). */
	__atomic_compare_exchange_n(&vcpu->env->crashed, &none, vcpu, false,
				    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	request(vcpu, what, by);
}

/*
 * The process was stopped, by SIGSTOP or by a paused container, and has been
 * continued.  The guest did not run for a while, though its clock did.  Tell
 * the guest, so that its watchdogs do not take the pause for a hang.  KVM
 * refuses if the guest does not use kvmclock; such a guest cannot be told.
 */
static void was_stopped(struct vcpu *vcpu)
{
	ioctl(vcpu->fd, KVM_KVMCLOCK_CTRL, 0);
}

/* A debugger may hold the vCPU here.  Meanwhile the vCPU answers questions and
 * notices the end; kicked() explains the order. */
static void stay(struct vcpu *vcpu)
{
	bool held = false;

	while (!stopping(vcpu) && vcpu_hold_wait(vcpu)) {
		held = true;
		__atomic_exchange_n(&vcpu->run->immediate_exit, 0,
				    __ATOMIC_ACQ_REL);
		vcpu_answer(vcpu);
	}
	if (held)
		was_stopped(vcpu);
}

static void handle_exit(struct vcpu *vcpu)
{
	/* One of the writes that KVM has kept may have been a reset, after
	 * which the guest has no effect any more. */
	if (coalesced_take(vcpu->env->coalesced) && stopping(vcpu))
		return;
	switch (vcpu->run->exit_reason) {
	case KVM_EXIT_IO:
		count_place(vcpu, VCPU_EXIT_PORT, vcpu->run->io.port,
			    vcpu->run->io.direction == KVM_EXIT_IO_OUT);
		handle_port(vcpu);
		vcpu_hold_accessed(vcpu);
		return;
	case KVM_EXIT_MMIO:
		count_place(vcpu, VCPU_EXIT_MMIO, vcpu->run->mmio.phys_addr,
			    vcpu->run->mmio.is_write);
		handle_mmio(vcpu);
		vcpu_hold_accessed(vcpu);
		return;
	default:
		if (vcpu_hold_exit(vcpu)) {
			stay(vcpu);
			return;
		}
		count(vcpu, VCPU_EXIT_OTHER);
		cannot_go_on(vcpu);
	}
}

/*
 * Handle a kick.  KVM has completed the guest's last access by now, so the
 * registers that it gives are consistent.
 *
 * immediate_exit is set to 0 before the questions are looked at, so a question
 * that comes too late for this look sets it again.  The exchange is an acquire:
 * it sees everything that was written before vcpu_kick() set the 1.  If that
 * was a stop, the thread does not enter the guest again.
 *
 * Without a kick, the process was stopped while the guest ran: that makes
 * KVM_RUN return, too.
 */
static void kicked(struct vcpu *vcpu)
{
	uint8_t asked;

	count(vcpu, VCPU_EXIT_SIGNAL);
	asked = __atomic_exchange_n(&vcpu->run->immediate_exit, 0,
				    __ATOMIC_ACQ_REL);
	/* Relaxed: the kick's time is only compared with a much later one. */
	if (!asked &&
	    now_ns() - __atomic_load_n(&vcpu->kicked_ns, __ATOMIC_RELAXED) >
		    STRAY_NS)
		was_stopped(vcpu);
	vcpu_answer(vcpu);
	stay(vcpu);
}

static void run_error(struct vcpu *vcpu, int err)
{
	if (err == EINTR || err == EAGAIN) {
		kicked(vcpu);
		return;
	}
	log_err("vCPU %u: KVM_RUN: %s", vcpu->index, strerror(err));
	request(vcpu, POWER_FAILED, "KVM_RUN");
}

/* A cheap clock with a resolution of milliseconds. */
static uint64_t coarse_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static void answer_exit(struct vcpu *vcpu)
{
	uint64_t before = coarse_ns();

	handle_exit(vcpu);
	/* The process was stopped outside of the guest: nothing else takes so
	 * long here. */
	if (coarse_ns() - before > STRAY_NS)
		was_stopped(vcpu);
}

/* Run guest code until it needs us, and do what it needs. */
static void run_once(struct vcpu *vcpu)
{
	struct trace *trace = vcpu->env->trace;
	uint64_t begun = trace_begin(trace);
	int err = ioctl(vcpu->fd, KVM_RUN, 0) < 0 ? errno : 0;

	trace_span(trace, vcpu->track, TRACE_GUEST, 0, begun);
	begun = trace_begin(trace);
	if (err)
		run_error(vcpu, err);
	else
		answer_exit(vcpu);
	vcpu_trace_exit(vcpu, err, begun);
}

static void *vcpu_thread(void *arg)
{
	struct vcpu *vcpu = arg;
	char name[16];

	snprintf(name, sizeof(name), "vcpu%u", vcpu->index);
	thread_begin(name, THREAD_VCPU);
	vcpu_kick_unblock();
	stay(vcpu);
	while (!stopping(vcpu))
		run_once(vcpu);
	vcpu_query_close(vcpu);
	return NULL;
}

int vcpu_init(struct vcpu *vcpu, const struct kvm *kvm, struct vcpu_env *env,
	      unsigned index, unsigned n_cpus, const struct boot_cpu *boot)
{
	int err;

	*vcpu = (struct vcpu){ .env = env, .index = index, .fd = -1 };
	vcpu_trace_init(vcpu);
	if (env->places)
		vcpu->places = calloc(1, sizeof(*vcpu->places));
	vcpu_query_init(&vcpu->query);
	vcpu_hold_init(&vcpu->hold);
	vcpu->fd = ioctl(kvm->vm, KVM_CREATE_VCPU, (unsigned long)index);
	if (vcpu->fd < 0)
		return log_fail(-errno, "KVM: vCPU %u: %s: use fewer --cpus",
				index, strerror(errno));
	vcpu->run_size = kvm->run_size;
	vcpu->run = mmap(NULL, vcpu->run_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		vcpu->run = NULL;
		return log_fail(-errno, "KVM: vCPU %u: %s: use fewer --cpus",
				index, strerror(errno));
	}
	err = cpuid_set(kvm, vcpu->fd, index, n_cpus,
			vcpu_state_tsc_khz(vcpu->fd));
	if (!err)
		err = vcpu_state_reset(vcpu->fd, index,
				       index == 0 ? boot : NULL);
	return err;
}

int vcpu_start(struct vcpu *vcpu)
{
	int err;

	vcpu_kick_prepare();
	err = pthread_create(&vcpu->thread, NULL, vcpu_thread, vcpu);
	if (err)
		return log_fail(-err, "vCPU %u: %s, or use fewer --cpus",
				vcpu->index, thread_failure(-err));
	vcpu->started = true;
	return 0;
}

uint64_t vcpu_used_ns(const struct vcpu *vcpu)
{
	clockid_t clock;
	struct timespec t;

	if (!vcpu->started || pthread_getcpuclockid(vcpu->thread, &clock) ||
	    clock_gettime(clock, &t) < 0)
		return 0;
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

void vcpu_join(struct vcpu *vcpu)
{
	assert(stopping(vcpu));
	if (!vcpu->started)
		return;
	pthread_join(vcpu->thread, NULL);
	vcpu->started = false;
}

void vcpu_free(struct vcpu *vcpu)
{
	assert(!vcpu->started);
	if (vcpu->run)
		munmap(vcpu->run, vcpu->run_size);
	vcpu->run = NULL;
	free(vcpu->places);
	vcpu->places = NULL;
	vcpu_query_free(&vcpu->query);
	vcpu_hold_free(&vcpu->hold);
	close_fd(&vcpu->fd);
}
