/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugger_run.c - a machine stops and goes on
 */
#include <assert.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "vmm/debugger_internal.h"
#include "vmm/kvm.h"
#include "vmm/vcpu_registers.h"
#include "vmm/vm.h"

static struct vcpu *vcpu_of(const struct debugger *d, unsigned i)
{
	return &d->vm->vcpus.vcpu[i];
}

static unsigned n_vcpus(const struct debugger *d)
{
	return d->vm->vcpus.n;
}

/* Stop the guest's clock with the guest: otherwise its watchdogs would take the
 * pause for a hang. */
static void stop_clock(struct debugger *d)
{
	struct kvm_clock_data clock = { .flags = 0 };

	d->has_clock = ioctl(d->kvm->vm, KVM_GET_CLOCK, &clock) == 0;
	d->clock = clock.clock;
}

static void start_clock(struct debugger *d)
{
	const struct kvm_clock_data clock = { .clock = d->clock };

	if (d->has_clock)
		ioctl(d->kvm->vm, KVM_SET_CLOCK, &clock);
	d->has_clock = false;
}

static void hold_all(struct debugger *d)
{
	d->state = DEBUGGER_STOPPING;
	for (unsigned i = 0; i < n_vcpus(d); i++)
		vcpu_hold_ask(vcpu_of(d, i));
}

static bool all_are_held(const struct debugger *d)
{
	for (unsigned i = 0; i < n_vcpus(d); i++)
		if (!vcpu_is_held(vcpu_of(d, i)))
			return false;
	return true;
}

static bool any_has_stopped(const struct debugger *d)
{
	for (unsigned i = 0; i < n_vcpus(d); i++)
		if (!d->stays[i] && vcpu_is_held(vcpu_of(d, i)) &&
		    vcpu_of(d, i)->hold.stop.any)
			return true;
	return false;
}

/* Whether the stop is at a breakpoint or a watchpoint, and not the end of a
 * step. */
static bool is_at_point(const struct vcpu_stop *stop)
{
	return stop->any && stop->at < GDB_BREAKPOINTS;
}

/* The vCPU to be told of if none has reached anything: that which was told of
 * last, but a debugger does not expect one that it has not let go. */
static unsigned any_that_ran(const struct debugger *d)
{
	for (unsigned n = 0; n < n_vcpus(d); n++) {
		unsigned i = (d->stop.thread + n) % n_vcpus(d);

		if (!d->stays[i])
			return i;
	}
	return 0;
}

/*
 * All vCPUs are held: choose the stop that the debugger is told about.  The
 * search begins behind the vCPU that was told last, so that none waits for
 * ever.  The stops of the others at breakpoints and watchpoints are kept.
 */
void debugger_choose_stop(struct debugger *debugger)
{
	struct debugger *d = debugger;
	struct gdb_stop chosen = { any_that_ran(d), d->signal, GDB_BREAKPOINTS,
				   0 };
	const struct vcpu_stop *found = NULL;

	for (unsigned n = 1; n <= n_vcpus(d); n++) {
		unsigned i = (d->stop.thread + n) % n_vcpus(d);
		struct vcpu_stop *s = &vcpu_of(d, i)->hold.stop;

		if (!found && s->any && !d->stays[i]) {
			found = s;
			chosen = (struct gdb_stop){ i, GDB_SIGTRAP, s->at,
						    s->addr };
		}
		if (found == s || !is_at_point(s))
			s->any = false;
	}
	d->stop = chosen;
	d->signal = GDB_SIGNONE;
}

static void let_all_go(struct debugger *d)
{
	enum gdb_action actions[GDB_THREADS];

	for (unsigned i = 0; i < GDB_THREADS; i++)
		actions[i] = GDB_CONTINUE;
	debugger_resume(d, actions);
}

static void part(struct debugger *d)
{
	gdb_points_remove_all(&d->points);
	d->attached = d->leaving = d->physical = false;
	for (unsigned i = 0; i < n_vcpus(d); i++)
		vcpu_of(d, i)->hold.stop.any = false;
	/* Another debugger may have connected meanwhile. */
	if (!d->waits && !d->connection.greeted)
		let_all_go(d);
}

static void all_held(struct debugger *d)
{
	d->state = DEBUGGER_STOPPED;
	debugger_choose_stop(d);
	stop_clock(d);
	d->user.held(d->user.arg, true);
	if (d->leaving)
		part(d);
	if (d->state != DEBUGGER_STOPPED)
		return;
	if (d->connection.served)
		gdb_server_stopped(&d->connection.server, &d->stop);
	else if (d->connection.greeted)
		d->attached = true;
	gdb_connection_serve(&d->connection, d->target, d, &d->stop);
	gdb_connection_go_on(&d->connection);
}

void debugger_look(void *arg)
{
	struct debugger *d = arg;

	if (d->state == DEBUGGER_RUNNING && any_has_stopped(d))
		hold_all(d);
	if (d->state == DEBUGGER_STOPPING && all_are_held(d))
		all_held(d);
}

void debugger_stop(struct debugger *debugger, unsigned signal)
{
	if (debugger->state != DEBUGGER_RUNNING)
		return;
	debugger->signal = signal;
	hold_all(debugger);
}

/* Whether the stop is still one: the debugger may have removed the breakpoint
 * or the watchpoint, or set the program counter. */
static bool is_still_there(const struct debugger *d, const struct vcpu *vcpu)
{
	const struct vcpu_stop *stop = &vcpu->hold.stop;
	bool code = stop->at < GDB_WATCH_WRITE;
	uint64_t addr = code ? vcpu_rip(vcpu->fd) : stop->addr;

	for (unsigned i = 0; i < d->points.n; i++)
		if (d->points.point[i].type == stop->at &&
		    d->points.point[i].addr == addr)
			return true;
	return false;
}

/* Of the stops that the debugger was not told of, keep those that it would
 * still understand.  Whether there are any. */
static bool keep_valid_stops(const struct debugger *d,
			     const enum gdb_action *actions)
{
	bool any = false;

	for (unsigned i = 0; i < n_vcpus(d); i++) {
		struct vcpu *vcpu = vcpu_of(d, i);

		if (actions[i] == GDB_STAY || !is_at_point(&vcpu->hold.stop))
			continue;
		vcpu->hold.stop.any = is_still_there(d, vcpu);
		any |= vcpu->hold.stop.any;
	}
	return any;
}

/* Prepare all vCPUs before any of them is let go: a vCPU that stops at once
 * must not meet others that are not prepared yet. */
static void let_go(struct debugger *d, const enum gdb_action *actions)
{
	const struct gdb_points *points = d->attached ? &d->points : NULL;

	for (unsigned i = 0; i < n_vcpus(d); i++) {
		int err = 0;

		if (actions[i] != GDB_STAY)
			err = vcpu_hold_prepare(vcpu_of(d, i), points,
						actions[i] == GDB_STEP);
		if (err)
			log_warn("--gdb: vCPU %u: breakpoints do not work: %s",
				 i, strerror(-err));
	}
	/* Start at another vCPU each time, so that none is always the last. */
	for (unsigned n = 1; n <= n_vcpus(d); n++) {
		unsigned i = (d->stop.thread + n) % n_vcpus(d);

		if (actions[i] != GDB_STAY)
			vcpu_hold_release(vcpu_of(d, i));
	}
}

void debugger_resume(struct debugger *debugger, const enum gdb_action *actions)
{
	struct debugger *d = debugger;

	assert(d->state == DEBUGGER_STOPPED);
	d->waits = false;
	if (d->dead) {
		d->user.released(d->user.arg);
		return;
	}
	d->state = DEBUGGER_RUNNING;
	start_clock(d);
	d->user.held(d->user.arg, false);
	if (d->reset_asked) {
		d->reset_asked = false;
		power_request(&d->vm->env.power, POWER_RESET, "monitor reset");
		return;
	}
	for (unsigned i = 0; i < n_vcpus(d); i++)
		d->stays[i] = actions[i] == GDB_STAY;
	if (!keep_valid_stops(d, actions)) {
		let_go(d, actions);
		return;
	}
	d->state = DEBUGGER_STOPPING;
	loop_post(d->loop, &d->told);
}

void debugger_leave(struct debugger *debugger)
{
	struct debugger *d = debugger;

	switch (d->state) {
	case DEBUGGER_NO_MACHINE:
		d->attached = false;
		gdb_points_remove_all(&d->points);
		break;
	case DEBUGGER_RUNNING:
		d->leaving = true;
		hold_all(d);
		break;
	case DEBUGGER_STOPPING:
		d->leaving = true;
		break;
	case DEBUGGER_STOPPED:
		part(d);
		break;
	}
}
