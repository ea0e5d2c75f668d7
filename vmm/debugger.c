/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/debugger.h"

#include <assert.h>
#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "vmm/debug_probe.h"
#include "vmm/kvm.h"
#include "vmm/vm.h"

static struct vcpu *vcpu_of(const struct debugger *d, unsigned i)
{
	return &d->vm->vcpus.vcpu[i];
}

static unsigned n_vcpus(const struct debugger *d)
{
	return d->vm->vcpus.n;
}

/* The guest's clock stands still with it: else its watchdogs would take the
 * time for a hang. */
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
		if (vcpu_is_held(vcpu_of(d, i)) && vcpu_of(d, i)->hold.stop.any)
			return true;
	return false;
}

static bool is_watchpoint(const struct vcpu_stop *stop)
{
	return stop->any && stop->at >= GDB_WATCH_WRITE &&
	       stop->at < GDB_BREAKPOINTS;
}

/*
 * All are held: choose what is told.  The one after that which was told last
 * comes first, so that none waits for ever; the others come to their
 * breakpoints again, but not to an access that is done.
 */
static void choose_stop(struct debugger *d)
{
	struct gdb_stop chosen = { d->stop.thread, d->signal, GDB_BREAKPOINTS,
				   0 };
	const struct vcpu_stop *found = NULL;

	if (chosen.thread >= n_vcpus(d))
		chosen.thread = 0;
	for (unsigned n = 1; n <= n_vcpus(d); n++) {
		unsigned i = (d->stop.thread + n) % n_vcpus(d);
		struct vcpu_stop *s = &vcpu_of(d, i)->hold.stop;

		if (!found && s->any) {
			found = s;
			chosen = (struct gdb_stop){ i, GDB_SIGTRAP, s->at,
						    s->addr };
		}
		if (found == s || !is_watchpoint(s))
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
	/* Somebody else may have come meanwhile. */
	if (!d->waits && !d->connection.greeted)
		let_all_go(d);
}

static void all_held(struct debugger *d)
{
	d->state = DEBUGGER_STOPPED;
	choose_stop(d);
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
	gdb_connection_serve(&d->connection, &debugger_target, d, &d->stop);
	gdb_connection_go_on(&d->connection);
}

/* On the loop, after any vCPU was held. */
static void look(void *arg)
{
	struct debugger *d = arg;

	if (d->state == DEBUGGER_RUNNING && any_has_stopped(d))
		hold_all(d);
	if (d->state == DEBUGGER_STOPPING && all_are_held(d))
		all_held(d);
}

/* A vCPU's thread. */
static void told(void *arg)
{
	struct debugger *d = arg;

	loop_post(d->loop, &d->told);
}

void debugger_stop(struct debugger *debugger, unsigned signal)
{
	if (debugger->state != DEBUGGER_RUNNING)
		return;
	debugger->signal = signal;
	hold_all(debugger);
}

/* A watchpoint whose turn it was not. */
static bool has_more(const struct debugger *d, const enum gdb_action *actions)
{
	for (unsigned i = 0; i < n_vcpus(d); i++)
		if (actions[i] != GDB_STAY &&
		    is_watchpoint(&vcpu_of(d, i)->hold.stop))
			return true;
	return false;
}

/* First all are told how to go on, and only then they are let go: one that
 * stops at once must not find others that do not know yet. */
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
	/* So that none is always the last. */
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
	if (!has_more(d, actions)) {
		let_go(d, actions);
		return;
	}
	d->state = DEBUGGER_STOPPING;
	loop_post(d->loop, &d->told);
}

/* The debugger goes, in the middle of whatever it was about. */
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

/* A debugger has connected: the machine stops for it. */
static void came(void *arg)
{
	struct debugger *d = arg;

	log_info("--gdb: a debugger has come");
	if (d->state == DEBUGGER_RUNNING)
		debugger_stop(d, GDB_SIGTRAP);
	if (d->state != DEBUGGER_STOPPED)
		return;
	d->attached = true;
	gdb_connection_serve(&d->connection, &debugger_target, d, &d->stop);
}

static void left(void *arg)
{
	struct debugger *d = arg;

	log_info("--gdb: the debugger is gone");
	if (d->attached)
		debugger_leave(d);
	else if (d->state == DEBUGGER_STOPPING && !d->waits)
		d->leaving = true;
}

int debugger_open(struct debugger *debugger, const char *where, bool wait,
		  const struct kvm *kvm, struct loop *loop,
		  const struct debugger_user *user)
{
	struct debugger *d = debugger;
	int err, can_step;

	d->kvm = kvm;
	d->loop = loop;
	d->user = *user;
	d->told = (struct loop_work){ .fn = look, .arg = d };
	d->debug = (struct vcpu_debug){ .points = &d->points,
					.told = told,
					.arg = d };
	d->waits = wait;
	d->reset_stops = true;
	d->stop = (struct gdb_stop){ 0, GDB_SIGTRAP, GDB_BREAKPOINTS, 0 };
	d->connection.loop = loop;
	d->connection.came = came;
	d->connection.left = left;
	d->connection.arg = d;
	err = debug_probe(kvm->fd, &d->points.can);
	if (err)
		return log_fail(err, "--gdb: this KVM cannot be tried: %s",
				strerror(-err));
	can_step =
		ioctl(kvm->fd, KVM_CHECK_EXTENSION, KVM_CAP_SET_GUEST_DEBUG2);
	if (can_step > 0 && can_step & KVM_GUESTDBG_BLOCKIRQ)
		d->debug.step_control = KVM_GUESTDBG_BLOCKIRQ;
	err = gdb_connection_open(&d->connection, where);
	if (!err)
		debug_probe_warn(&d->points.can);
	return err;
}

void debugger_close(struct debugger *debugger)
{
	if (!debugger->loop)
		return;
	assert(debugger->state == DEBUGGER_NO_MACHINE);
	gdb_connection_close(&debugger->connection);
	loop_cancel(debugger->loop, &debugger->told);
}

void debugger_begin(struct debugger *debugger, struct vm *vm)
{
	struct debugger *d = debugger;
	bool holds = d->waits || (d->attached && d->reset_stops) ||
		     (d->connection.greeted && !d->attached);

	if (!d->loop)
		return;
	d->vm = vm;
	d->points.mem = &vm->mainboard.mem;
	vm->env.debug = &d->debug;
	d->state = DEBUGGER_RUNNING;
	/* A SIGTRAP would be taken for the end of a step that led to the
	 * reset. */
	if (holds)
		debugger_stop(d, d->attached ? GDB_SIGINT : GDB_SIGTRAP);
}

void debugger_end(struct debugger *debugger)
{
	struct debugger *d = debugger;

	if (!d->loop)
		return;
	/* The debugger sets its breakpoints again, in the memory of the next
	 * machine. */
	gdb_points_remove_all(&d->points);
	loop_cancel(d->loop, &d->told);
	if (d->state == DEBUGGER_STOPPED && !d->dead)
		d->user.held(d->user.arg, false);
	if (d->leaving)
		d->attached = d->leaving = false;
	d->state = DEBUGGER_NO_MACHINE;
	d->dead = d->has_clock = false;
	d->vm = NULL;
}

void debugger_post_mortem(struct debugger *debugger, unsigned signal)
{
	struct debugger *d = debugger;

	gdb_points_remove_all(&d->points);
	loop_cancel(d->loop, &d->told);
	d->dead = true;
	d->waits = true;
	d->state = DEBUGGER_STOPPED;
	d->signal = signal;
	for (unsigned i = 0; i < n_vcpus(d); i++)
		vcpu_of(d, i)->hold.stop.any = false;
	choose_stop(d);
	if (d->connection.served)
		gdb_server_stopped(&d->connection.server, &d->stop);
	else if (d->connection.greeted)
		came(d);
	gdb_connection_go_on(&d->connection);
}

void debugger_exited(struct debugger *debugger, unsigned code, bool killed)
{
	if (!debugger->loop || !debugger->connection.served)
		return;
	gdb_server_exited(&debugger->connection.server, code, killed);
	debugger->attached = false;
	gdb_connection_go_on(&debugger->connection);
}
