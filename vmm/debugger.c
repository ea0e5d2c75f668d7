/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/debugger.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "vmm/debug_probe.h"
#include "vmm/debugger_internal.h"
#include "vmm/kvm.h"
#include "vmm/vm.h"

/* A vCPU's thread. */
static void told(void *arg)
{
	struct debugger *d = arg;

	loop_post(d->loop, &d->told);
}

static void nobody_came(void *arg)
{
	struct debugger *d = arg;

	log_info("--gdb-on-failure: no debugger has come");
	d->user.released(d->user.arg);
}

/* A machine that is dead waits for a debugger, but not for ever. */
static void await_debugger(struct debugger *d)
{
	if (d->dead && d->patience_ns)
		loop_arm(d->loop, &d->nobody, now_ns() + d->patience_ns);
}

/* A debugger has connected: the machine stops for it. */
static void came(void *arg)
{
	struct debugger *d = arg;

	log_info("--gdb: a debugger has come");
	loop_disarm(d->loop, &d->nobody);
	if (d->state == DEBUGGER_RUNNING)
		debugger_stop(d, GDB_SIGTRAP);
	if (d->state != DEBUGGER_STOPPED)
		return;
	d->attached = true;
	gdb_connection_serve(&d->connection, d->target, d, &d->stop);
}

static void left(void *arg)
{
	struct debugger *d = arg;

	log_info("--gdb: the debugger is gone");
	if (d->attached)
		debugger_leave(d);
	else if (d->state == DEBUGGER_STOPPING && !d->waits)
		d->leaving = true;
	await_debugger(d);
}

int debugger_open(struct debugger *debugger, const char *where, bool wait,
		  const struct kvm *kvm, struct loop *loop,
		  const struct debugger_user *user)
{
	struct debugger *d = debugger;
	int err;

	d->target = &debugger_target;
	d->kvm = kvm;
	d->loop = loop;
	d->user = *user;
	d->told = (struct loop_work){ .fn = debugger_look, .arg = d };
	d->nobody = (struct loop_timer){ .expired = nobody_came, .arg = d };
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
	d->debug.step_control = debug_probe_step(kvm->fd);
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
	loop_disarm(debugger->loop, &debugger->nobody);
}

void debugger_begin(struct debugger *debugger, struct vm *vm)
{
	struct debugger *d = debugger;
	bool holds = d->waits || (d->attached && d->reset_stops) ||
		     (d->connection.greeted && !d->attached);

	if (!d->loop)
		return;
	d->vm = vm;
	memset(d->stays, 0, sizeof(d->stays));
	d->points.mem = &vm->mainboard.mem;
	vm->env.debug = &d->debug;
	d->state = DEBUGGER_RUNNING;
	/* The debugger would take SIGTRAP for the end of a step that led to the
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

void debugger_post_mortem(struct debugger *debugger, unsigned signal,
			  uint64_t patience_ns)
{
	struct debugger *d = debugger;

	gdb_points_remove_all(&d->points);
	loop_cancel(d->loop, &d->told);
	d->dead = true;
	d->patience_ns = patience_ns;
	d->waits = true;
	d->state = DEBUGGER_STOPPED;
	d->signal = signal;
	for (unsigned i = 0; i < d->vm->vcpus.n; i++)
		d->vm->vcpus.vcpu[i].hold.stop.any = false;
	debugger_choose_stop(d);
	if (d->connection.served)
		gdb_server_stopped(&d->connection.server, &d->stop);
	else if (d->connection.greeted)
		came(d);
	else
		await_debugger(d);
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
