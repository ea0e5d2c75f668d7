/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_debugger_run.c - stops that a debugger has not been told of
 *
 * Two processors have come to one place at the same time, and the debugger was
 * told of the first one.  There are no processors behind this, and no KVM.
 */
#include <linux/kvm.h>

#include "base/loop.h"
#include "tests/unit.h"
#include "vmm/debugger_internal.h"
#include "vmm/vcpu_kick.h"
#include "vmm/vm.h"

enum { PC = 0, WATCHED = 0x2000, ELSEWHERE = 0x3000 };

static struct loop loop;
static struct vm vm;
static struct vcpu vcpu[2];
static struct kvm_run run[2];
static struct debugger debugger;

static const enum gdb_action all_go[GDB_THREADS] = {
	[0] = GDB_CONTINUE,
	[1] = GDB_CONTINUE,
};

static void held(void *arg, bool is_held)
{
	(void)arg;
	(void)is_held;
}

static void watch(uint64_t addr)
{
	ck_assert_int_eq(gdb_points_insert(&debugger.points, NULL,
					   GDB_WATCH_WRITE, addr, 8),
			 0);
}

/* vCPU 1 has a stop at WATCHED, of which the debugger does not know. */
static void begin(void)
{
	ck_assert_int_eq(loop_init(&loop), 0);
	vcpu_kick_prepare();
	vm = (struct vm){ .vcpus = { vcpu, 2 } };
	debugger = (struct debugger){ .loop = &loop,
				      .vm = &vm,
				      .user.held = held,
				      .state = DEBUGGER_STOPPED };
	debugger.points.can.data = true;
	for (unsigned i = 0; i < 2; i++) {
		vcpu[i] = (struct vcpu){ .fd = -1,
					 .run = &run[i],
					 .thread = pthread_self() };
		vcpu_hold_init(&vcpu[i].hold);
		vcpu[i].hold.held = vcpu[i].hold.wanted = true;
	}
	vcpu[1].hold.stop =
		(struct vcpu_stop){ true, GDB_WATCH_WRITE, WATCHED };
}

static void end(void)
{
	loop_cancel(&loop, &debugger.told);
	for (unsigned i = 0; i < 2; i++)
		vcpu_hold_free(&vcpu[i].hold);
	loop_free(&loop);
}

START_TEST(second_stop_is_told)
{
	begin();
	watch(WATCHED);
	debugger_resume(&debugger, all_go);
	ck_assert_int_eq(debugger.state, DEBUGGER_STOPPING);
	ck_assert(debugger.told.queued);
	ck_assert(vcpu_is_held(&vcpu[0]));
	ck_assert(vcpu_is_held(&vcpu[1]));
	debugger_choose_stop(&debugger);
	ck_assert_uint_eq(debugger.stop.thread, 1);
	ck_assert_int_eq(debugger.stop.at, GDB_WATCH_WRITE);
	ck_assert_uint_eq(debugger.stop.addr, WATCHED);
	end();
}
END_TEST

START_TEST(stop_at_removed_watchpoint_is_forgotten)
{
	begin();
	watch(WATCHED);
	gdb_points_remove(&debugger.points, GDB_WATCH_WRITE, WATCHED, 8);
	watch(ELSEWHERE);
	debugger_resume(&debugger, all_go);
	ck_assert_int_eq(debugger.state, DEBUGGER_RUNNING);
	ck_assert(!debugger.told.queued);
	ck_assert(!vcpu_is_held(&vcpu[0]));
	ck_assert(!vcpu_is_held(&vcpu[1]));
	ck_assert(!vcpu[1].hold.stop.any);
	end();
}
END_TEST

/* Of two stops one is forgotten: the debugger is told of the other one. */
START_TEST(stop_at_removed_watchpoint_is_never_told)
{
	begin();
	watch(ELSEWHERE);
	vcpu[0].hold.stop =
		(struct vcpu_stop){ true, GDB_WATCH_WRITE, ELSEWHERE };
	debugger_resume(&debugger, all_go);
	ck_assert_int_eq(debugger.state, DEBUGGER_STOPPING);
	debugger_choose_stop(&debugger);
	ck_assert_uint_eq(debugger.stop.thread, 0);
	ck_assert_uint_eq(debugger.stop.addr, ELSEWHERE);
	ck_assert(!vcpu[1].hold.stop.any);
	end();
}
END_TEST

/* vCPU 1 has come to a breakpoint of @type.  Its program counter is 0, as there
 * is no KVM. */
static void has_come_to(enum gdb_breakpoint type)
{
	debugger.points.can.code = true;
	vcpu[1].hold.stop = (struct vcpu_stop){ true, type, PC };
}

static void set_breakpoint(uint64_t addr)
{
	static const struct gdb_paging off;

	ck_assert_int_eq(gdb_points_insert(&debugger.points, &off, GDB_HARDWARE,
					   addr, 1),
			 0);
}

/* It does not have to come to the breakpoint again, which it may not do: it
 * might take an interrupt first. */
START_TEST(second_stop_at_breakpoint_is_told)
{
	begin();
	has_come_to(GDB_HARDWARE);
	set_breakpoint(PC);
	vcpu[0].hold.stop = vcpu[1].hold.stop;
	debugger_choose_stop(&debugger);
	ck_assert_uint_eq(debugger.stop.thread, 1);
	debugger_resume(&debugger, all_go);
	ck_assert_int_eq(debugger.state, DEBUGGER_STOPPING);
	ck_assert(vcpu_is_held(&vcpu[0]));
	debugger_choose_stop(&debugger);
	ck_assert_uint_eq(debugger.stop.thread, 0);
	ck_assert_int_eq(debugger.stop.at, GDB_HARDWARE);
	debugger.state = DEBUGGER_STOPPED;
	debugger_resume(&debugger, all_go);
	ck_assert_int_eq(debugger.state, DEBUGGER_RUNNING);
	end();
}
END_TEST

/* The debugger has removed it, or set the program counter. */
START_TEST(stop_at_breakpoint_that_is_elsewhere_is_forgotten)
{
	begin();
	has_come_to(GDB_HARDWARE);
	set_breakpoint(ELSEWHERE);
	debugger_resume(&debugger, all_go);
	ck_assert_int_eq(debugger.state, DEBUGGER_RUNNING);
	ck_assert(!vcpu[1].hold.stop.any);
	end();
}
END_TEST

/* The end of a step is told only if no one else was first: who steps again has
 * lost nothing. */
START_TEST(second_end_of_a_step_is_dropped)
{
	begin();
	vcpu[0].hold.stop = vcpu[1].hold.stop =
		(struct vcpu_stop){ true, GDB_BREAKPOINTS, 0 };
	debugger_choose_stop(&debugger);
	ck_assert_uint_eq(debugger.stop.thread, 1);
	ck_assert(!vcpu[0].hold.stop.any);
	end();
}
END_TEST

/* Its processor stays where it is, so the stop can be told later.  The debugger
 * expects to be told of one that it has let go. */
START_TEST(stop_of_a_processor_that_stays_is_kept)
{
	const enum gdb_action actions[GDB_THREADS] = {
		[0] = GDB_CONTINUE, [1] = GDB_STAY
	};

	begin();
	debugger_resume(&debugger, actions);
	ck_assert_int_eq(debugger.state, DEBUGGER_RUNNING);
	ck_assert(vcpu_is_held(&vcpu[1]));
	ck_assert(vcpu[1].hold.stop.any);
	debugger_look(&debugger);
	ck_assert_int_eq(debugger.state, DEBUGGER_RUNNING);
	debugger.stop.thread = 1;
	debugger.signal = GDB_SIGINT;
	debugger_choose_stop(&debugger);
	ck_assert_uint_eq(debugger.stop.thread, 0);
	ck_assert_uint_eq(debugger.stop.signal, GDB_SIGINT);
	vcpu[0].hold.stop = (struct vcpu_stop){ true, GDB_BREAKPOINTS, 0 };
	debugger_choose_stop(&debugger);
	ck_assert_uint_eq(debugger.stop.thread, 0);
	ck_assert_int_eq(debugger.stop.at, GDB_BREAKPOINTS);
	ck_assert(vcpu[1].hold.stop.any);
	end();
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		second_stop_is_told,
		stop_at_removed_watchpoint_is_forgotten,
		stop_at_removed_watchpoint_is_never_told,
		second_stop_at_breakpoint_is_told,
		stop_at_breakpoint_that_is_elsewhere_is_forgotten,
		second_end_of_a_step_is_dropped,
		stop_of_a_processor_that_stays_is_kept,
		NULL,
	};

	return unit_run(unit_suite("debugger_run", all));
}
