/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "vmm/vcpu_hold.h"

#include <errno.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "base/util.h"
#include "vmm/vcpu.h"
#include "vmm/vcpu_registers.h"

enum { VECTOR_DB = 1, VECTOR_BP = 3 };

void vcpu_hold_init(struct vcpu_hold *hold)
{
	*hold = (struct vcpu_hold){ .wanted = false };
	pthread_mutex_init(&hold->lock, NULL);
}

void vcpu_hold_free(struct vcpu_hold *hold)
{
	pthread_mutex_destroy(&hold->lock);
}

void vcpu_hold_ask(struct vcpu *vcpu)
{
	struct vcpu_hold *hold = &vcpu->hold;
	bool kick;

	pthread_mutex_lock(&hold->lock);
	hold->wanted = true;
	kick = !hold->held && vcpu->started;
	pthread_mutex_unlock(&hold->lock);
	if (kick)
		vcpu_kick(vcpu);
}

bool vcpu_is_held(struct vcpu *vcpu)
{
	bool held;

	pthread_mutex_lock(&vcpu->hold.lock);
	held = vcpu->hold.held;
	pthread_mutex_unlock(&vcpu->hold.lock);
	return held;
}

int vcpu_hold_prepare(struct vcpu *vcpu, const struct gdb_points *points,
		      bool step)
{
	struct kvm_guest_debug debug = { .control = 0 };
	struct vcpu_hold *hold = &vcpu->hold;

	pthread_mutex_lock(&hold->lock);
	hold->stop.any = false;
	hold->stepping = step;
	hold->step_rip = step ? vcpu_rip(vcpu->fd) : 0;
	pthread_mutex_unlock(&hold->lock);
	if (points || step)
		debug.control = KVM_GUESTDBG_ENABLE;
	if (step)
		debug.control |= KVM_GUESTDBG_SINGLESTEP |
				 vcpu->env->debug->step_control;
	if (points && gdb_points_any_int3(points))
		debug.control |= KVM_GUESTDBG_USE_SW_BP;
	for (unsigned i = 0; points && i < GDB_DEBUG_REGISTERS; i++) {
		const struct gdb_point *p = gdb_points_in(points, i);

		if (!p)
			continue;
		debug.control |= KVM_GUESTDBG_USE_HW_BP;
		debug.arch.debugreg[i] = p->addr;
	}
	if (points)
		debug.arch.debugreg[7] = gdb_points_dr7(points);
	return ioctl(vcpu->fd, KVM_SET_GUEST_DEBUG, &debug) < 0 ? -errno : 0;
}

void vcpu_hold_release(struct vcpu *vcpu)
{
	pthread_mutex_lock(&vcpu->hold.lock);
	vcpu->hold.wanted = vcpu->hold.held = false;
	pthread_mutex_unlock(&vcpu->hold.lock);
	vcpu_kick(vcpu);
}

/* The vCPU stops by itself.  Under the lock. */
static void stop_locked(struct vcpu_hold *hold, enum gdb_breakpoint at,
			uint64_t addr)
{
	hold->stop = (struct vcpu_stop){ true, at, addr };
	hold->stepping = false;
	hold->wanted = true;
}

static void stop(struct vcpu *vcpu, enum gdb_breakpoint at, uint64_t addr)
{
	pthread_mutex_lock(&vcpu->hold.lock);
	stop_locked(&vcpu->hold, at, addr);
	pthread_mutex_unlock(&vcpu->hold.lock);
}

/* Whether the vCPU becomes held now; *@wanted: whether it is to be held. */
static bool becomes_held(struct vcpu *vcpu, bool *wanted)
{
	struct vcpu_hold *hold = &vcpu->hold;
	bool becomes;

	pthread_mutex_lock(&hold->lock);
	/* A step has ended that KVM did not report. */
	if (!hold->held && hold->stepping &&
	    vcpu_rip(vcpu->fd) != hold->step_rip)
		stop_locked(hold, GDB_BREAKPOINTS, 0);
	*wanted = hold->wanted;
	becomes = hold->wanted && !hold->held;
	hold->held = hold->wanted;
	pthread_mutex_unlock(&hold->lock);
	return becomes;
}

/* A kick sets immediate_exit before it sends its signal.  A kick that came
 * before the signals were blocked is seen in immediate_exit; a later one
 * interrupts ppoll(2). */
static void await_kick(const struct vcpu *vcpu)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	/* Acquire: pairs with the release in vcpu_kick(). */
	if (!__atomic_load_n(&vcpu->run->immediate_exit, __ATOMIC_ACQUIRE))
		ppoll(NULL, 0, NULL, &before);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool vcpu_hold_wait(struct vcpu *vcpu)
{
	const struct vcpu_debug *debug = vcpu->env->debug;
	bool wanted;

	if (!debug)
		return false;
	if (becomes_held(vcpu, &wanted))
		debug->told(debug->arg);
	if (!wanted)
		return false;
	await_kick(vcpu);
	return true;
}

void vcpu_hold_accessed(struct vcpu *vcpu)
{
	/* Some KVMs do not report the end of a step over an instruction that
	 * exits, but only the step after it.  So let KVM complete the access
	 * and come back: the loop then sees that RIP has changed.  Relaxed:
	 * only this thread reads it. */
	if (vcpu->env->debug && vcpu->hold.stepping)
		__atomic_store_n(&vcpu->run->immediate_exit, 1,
				 __ATOMIC_RELAXED);
}

/* Where the vCPU's next instruction is in physical memory. */
static bool find_code(const struct vcpu *vcpu, uint64_t *gpa)
{
	struct gdb_paging paging;
	struct gdb_walk walk;
	uint64_t pc;

	if (vcpu_paging(vcpu->fd, &paging, &pc) < 0 ||
	    !gdb_walk(vcpu->env->debug->points->mem, &paging, pc, &walk))
		return false;
	*gpa = walk.gpa;
	return true;
}

static bool is_at_int3(const struct vcpu *vcpu)
{
	const struct gdb_points *points = vcpu->env->debug->points;
	uint64_t gpa;

	return gdb_points_any_int3(points) && find_code(vcpu, &gpa) &&
	       gdb_points_int3(points, gpa);
}

/* Inject the guest's own exception, which it would have had without a debugger.
 * KVM adds the length of an int3 itself, so RIP stays at the int3. */
static void give_back(const struct vcpu *vcpu)
{
	const struct kvm_debug_exit_arch *arch = &vcpu->run->debug.arch;
	struct kvm_vcpu_events events;
	struct kvm_debugregs regs;

	if (arch->exception == VECTOR_DB &&
	    ioctl(vcpu->fd, KVM_GET_DEBUGREGS, &regs) == 0) {
		regs.dr6 = arch->dr6;
		ioctl(vcpu->fd, KVM_SET_DEBUGREGS, &regs);
	}
	if (ioctl(vcpu->fd, KVM_GET_VCPU_EVENTS, &events) < 0)
		return;
	events.exception.injected = 1;
	events.exception.nr = (uint8_t)arch->exception;
	events.exception.has_error_code = 0;
	if (ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events) < 0)
		log_warn("vCPU %u: exception %u of the guest is lost: %s",
			 vcpu->index, arch->exception, strerror(errno));
}

/* The debug register of ours that caused a #DB; NULL: none.  Not every KVM
 * tells a breakpoint in DR6, so that is found by its address; a watchpoint is
 * found by DR6. */
static const struct gdb_point *find_register(const struct vcpu *vcpu)
{
	const struct kvm_debug_exit_arch *arch = &vcpu->run->debug.arch;
	const struct gdb_points *points = vcpu->env->debug->points;

	for (unsigned i = 0; i < GDB_DEBUG_REGISTERS; i++) {
		const struct gdb_point *p = gdb_points_in(points, i);
		bool code = p && p->type < GDB_WATCH_WRITE;

		if (code ? p->addr == arch->pc : p && arch->dr6 & BIT(i))
			return p;
	}
	return NULL;
}

static void debug_exit(struct vcpu *vcpu)
{
	const struct kvm_debug_exit_arch *arch = &vcpu->run->debug.arch;
	const struct gdb_point *p;

	if (arch->exception == VECTOR_BP) {
		if (is_at_int3(vcpu))
			stop(vcpu, GDB_SOFTWARE, 0);
		else
			give_back(vcpu);
		return;
	}
	p = find_register(vcpu);
	if (p)
		stop(vcpu, p->type, p->addr);
	else if (vcpu->hold.stepping)
		stop(vcpu, GDB_BREAKPOINTS, 0);
	else
		give_back(vcpu);
}

bool vcpu_hold_exit(struct vcpu *vcpu)
{
	if (!vcpu->env->debug)
		return false;
	if (vcpu->run->exit_reason == KVM_EXIT_DEBUG) {
		debug_exit(vcpu);
		return true;
	}
	/* A KVM that emulates ring 0 may not know int3. */
	if (vcpu->run->exit_reason == KVM_EXIT_INTERNAL_ERROR &&
	    vcpu->run->internal.suberror == KVM_INTERNAL_ERROR_EMULATION &&
	    is_at_int3(vcpu)) {
		stop(vcpu, GDB_SOFTWARE, 0);
		return true;
	}
	return false;
}
