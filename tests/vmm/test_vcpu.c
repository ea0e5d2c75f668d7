/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vcpu.c - looking at a processor while it runs
 *
 * The guests are a few bytes of 32-bit code at CODE, on a real KVM.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bus.h"
#include "base/mem.h"
#include "base/trace.h"
#include "firmware/boot.h"
#include "tests/fake_power.h"
#include "tests/unit.h"
#include "vmm/exit_places.h"
#include "vmm/kvm.h"
#include "vmm/vcpu.h"
#include "vmm/vcpu_failure.h"

#define CODE 0x1000
/* The guest's struct pvclock_vcpu_time_info. */
#define CLOCK	      0x2000
#define CLOCK_FLAGS   29
#define CLOCK_STOPPED BIT(1)

#define WATCHDOG_NS (30 * NSEC_PER_SEC)

static struct mem mem;
static struct kvm kvm;
static struct bus port, mmio;
static struct fake_power power;
static struct vcpu_env env;
static bool count_places;
static struct trace trace, *traces;
static struct vcpu vcpu;

static void start(const uint8_t *code, size_t len)
{
	const struct boot_cpu boot = { .rip = CODE, .cs = 0x10, .ds = 0x18 };

	bus_init(&port, "port");
	bus_init(&mmio, "mmio");
	fake_power_init(&power);
	env = (struct vcpu_env){ .port = &port,
				 .mmio = &mmio,
				 .mem = &mem,
				 .power = power.power,
				 .places = count_places,
				 .trace = traces };
	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
	ck_assert_int_eq(kvm_open(&kvm), 0);
	ck_assert_int_eq(kvm_vm_create(&kvm, &mem), 0);
	memcpy(mem_at(&mem, CODE, len), code, len);
	ck_assert_int_eq(vcpu_init(&vcpu, &kvm, &env, 0, 1, &boot), 0);
	ck_assert_int_eq(vcpu_start(&vcpu), 0);
}

static void join(void)
{
	vcpu_env_stop(&env);
	if (vcpu.started)
		vcpu_kick(&vcpu);
	vcpu_join(&vcpu);
}

static void stop(void)
{
	join();
	vcpu_free(&vcpu);
	kvm_vm_destroy(&kvm);
	kvm_close(&kvm);
	mem_free(&mem);
	bus_free(&mmio);
	bus_free(&port);
}

static struct vcpu_snapshot look(void)
{
	struct vcpu_snapshot s;

	vcpu_snapshot_ask(&vcpu, NULL);
	vcpu_snapshot_take(&vcpu, &s, now_ns() + WATCHDOG_NS);
	ck_assert_int_eq(s.error, 0);
	return s;
}

START_TEST(one_that_spins)
{
	/* 1: jmp 1b */
	static const uint8_t code[] = { 0xeb, 0xfe };
	struct vcpu_snapshot s;
	uint64_t before = now_ns();

	start(code, sizeof(code));
	for (int i = 0; i < 1000; i++) {
		s = look();
		ck_assert_int_eq(s.activity, VCPU_RUNNING);
		ck_assert_uint_eq(s.rip, CODE);
	}
	ck_assert(!s.interrupts_on);
	ck_assert_uint_eq(s.ring, 0);
	ck_assert(!s.nmi_pending);
	/* The kicks themselves. */
	ck_assert_uint_ge(s.exits[VCPU_EXIT_SIGNAL], 1000);
	ck_assert_uint_eq(s.exits[VCPU_EXIT_PORT], 0);
	ck_assert_uint_ge(s.taken_ns, before);
	stop();
}
END_TEST

START_TEST(one_that_sleeps)
{
	/* sti; 1: hlt; jmp 1b */
	static const uint8_t code[] = { 0xfb, 0xf4, 0xeb, 0xfd };
	struct vcpu_snapshot s;

	start(code, sizeof(code));
	do {
		sched_yield();
		s = look();
	} while (s.activity != VCPU_HALTED);
	ck_assert_uint_eq(s.rip, CODE + 2);
	ck_assert(s.interrupts_on);
	/* Looking has not woken it. */
	s = look();
	ck_assert_int_eq(s.activity, VCPU_HALTED);
	stop();
}
END_TEST

/* An access is completed before the registers are read: RIP is never that of
 * an instruction that has had its effect. */
START_TEST(one_that_exits)
{
	/* 1: inc ecx; in al, 0x80; jmp 1b */
	static const uint8_t code[] = { 0x41, 0xe4, 0x80, 0xeb, 0xfb };
	struct vcpu_snapshot s;
	uint64_t seen = 0;

	start(code, sizeof(code));
	for (int i = 0; i < 1000; i++) {
		s = look();
		ck_assert(s.rip == CODE || s.rip == CODE + 1 ||
			  s.rip == CODE + 3);
		ck_assert_uint_ge(s.exits[VCPU_EXIT_PORT], seen);
		seen = s.exits[VCPU_EXIT_PORT];
	}
	do {
		sched_yield();
		s = look();
	} while (s.exits[VCPU_EXIT_PORT] <= seen + 10);
	stop();
}
END_TEST

/* Without an IDT an NMI is a triple fault: it was delivered, then. */
START_TEST(an_nmi_wakes_one_with_interrupts_off)
{
	/* 1: hlt; jmp 1b */
	static const uint8_t code[] = { 0xf4, 0xeb, 0xfd };
	struct vcpu_snapshot s;

	start(code, sizeof(code));
	do {
		sched_yield();
		s = look();
	} while (s.activity != VCPU_HALTED);
	ck_assert(!s.interrupts_on);
	vcpu_nmi(&vcpu);
	do {
		sched_yield();
		s = look();
	} while (!s.exits[VCPU_EXIT_OTHER]);
	join();
	ck_assert_int_eq(power.what, POWER_TRIPLE_FAULT);
	stop();
}
END_TEST

START_TEST(one_that_has_ended)
{
	static const uint8_t code[] = { 0xeb, 0xfe };
	struct vcpu_snapshot s;

	start(code, sizeof(code));
	vcpu_env_stop(&env);
	/* Whether its thread has noticed or not. */
	for (int i = 0; i < 100; i++) {
		s = look();
		ck_assert_uint_eq(s.rip, CODE);
		sched_yield();
	}
	vcpu_nmi(&vcpu);
	join();
	vcpu_snapshot_ask(&vcpu, NULL);
	vcpu_snapshot_take(&vcpu, &s, UINT64_MAX);
	ck_assert_int_eq(s.error, -ESRCH);
	stop();
}
END_TEST

/* Whatever the process was started with, a processor that spins is reached. */
START_TEST(one_that_spins_with_signals_blocked_and_none_to_be_queued)
{
	static const uint8_t code[] = { 0xeb, 0xfe };
	struct rlimit old, none;
	sigset_t all;

	ck_assert_int_eq(getrlimit(RLIMIT_SIGPENDING, &old), 0);
	none = (struct rlimit){ 0, old.rlim_max };
	sigfillset(&all);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_SIGPENDING, &none), 0);
	start(code, sizeof(code));
	ck_assert_uint_eq(look().rip, CODE);
	stop();
	/* Check needs a timer. */
	setrlimit(RLIMIT_SIGPENDING, &old);
}
END_TEST

/* Stops this process, and continues it after @ms. */
static void be_stopped(unsigned ms)
{
	pid_t us = getpid(), pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		usleep(ms * 1000);
		kill(us, SIGCONT);
		_exit(0);
	}
	kill(us, SIGSTOP);
	waitpid(pid, NULL, 0);
}

/* A guest whose clock went on while it did not is told by its kvmclock. */
START_TEST(one_whose_process_was_stopped)
{
	/* mov ecx, MSR_KVM_SYSTEM_TIME_NEW; mov eax, CLOCK | 1; xor edx, edx;
	 * wrmsr; 1: jmp 1b */
	static const uint8_t code[] = { 0xb9, 0x01, 0x4d, 0x56, 0x4b, 0xb8,
					0x01, 0x20, 0x00, 0x00, 0x31, 0xd2,
					0x0f, 0x30, 0xeb, 0xfe };
	uint8_t *flags;

	start(code, sizeof(code));
	flags = mem_at(&mem, CLOCK + CLOCK_FLAGS, 1);
	while (look().rip != CODE + sizeof(code) - 2)
		sched_yield();
	ck_assert_uint_eq(*flags & CLOCK_STOPPED, 0);
	/* Longer ago than a kick's signal may be late. */
	sleep(2);
	be_stopped(100);
	while (!(__atomic_load_n(flags, __ATOMIC_RELAXED) & CLOCK_STOPPED))
		usleep(1000);
	stop();
}
END_TEST

static void await_failure(void)
{
	while (!look().exits[VCPU_EXIT_OTHER])
		sched_yield();
	join();
}

/* No processor could go on from there. */
START_TEST(one_that_jumps_to_where_no_memory_is)
{
	/* mov eax, 0xc8000000; jmp eax */
	static const uint8_t code[] = { 0xb8, 0, 0, 0, 0xc8, 0xff, 0xe0 };

	start(code, sizeof(code));
	await_failure();
	ck_assert_int_eq(power.what, POWER_CRASHED);
	stop();
}
END_TEST

/* What KVM says of an exit, whose fault it is, and the reason given. */
START_TEST(failures_are_the_guests_or_the_hosts)
{
	static const uint8_t code[] = { 0xeb, 0xfe };
	static const struct {
		unsigned exit, suberror;
		uint64_t reason;
		enum power_request what;
	} rows[] = {
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_EMULATION, 0,
		  POWER_FAILED },
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_DELIVERY_EV, 0,
		  POWER_CRASHED },
		{ KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_SIMUL_EX, 0,
		  POWER_CRASHED },
		{ KVM_EXIT_INTERNAL_ERROR,
		  KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON, 0, POWER_FAILED },
		{ KVM_EXIT_INTERNAL_ERROR, 99, 0, POWER_FAILED },
		{ KVM_EXIT_FAIL_ENTRY, 0, 0x80000021, POWER_CRASHED },
		{ KVM_EXIT_FAIL_ENTRY, 0, UINT64_MAX, POWER_CRASHED },
		{ KVM_EXIT_FAIL_ENTRY, 0, 7, POWER_FAILED },
		{ KVM_EXIT_HYPERCALL, 0, 0, POWER_FAILED },
	};
	const char *by;

	start(code, sizeof(code));
	join();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		vcpu.exits[VCPU_EXIT_PORT] = 1;
		vcpu.run->exit_reason = rows[i].exit;
		vcpu.run->internal.suberror = rows[i].suberror;
		if (rows[i].exit == KVM_EXIT_FAIL_ENTRY)
			vcpu.run->fail_entry.hardware_entry_failure_reason =
				rows[i].reason;
		ck_assert_int_eq(vcpu_failure(&vcpu, &by), rows[i].what);
	}
	/* A processor that refuses the state it begins with. */
	memset(vcpu.exits, 0, sizeof(vcpu.exits));
	vcpu.run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	vcpu.run->fail_entry.hardware_entry_failure_reason = 0x80000021;
	ck_assert_int_eq(vcpu_failure(&vcpu, &by), POWER_FAILED);
	stop();
}
END_TEST

/* Runs @code until it cannot go on. */
static const struct vcpu_crash *crash(const uint8_t *code, size_t len)
{
	const struct vcpu_crash *c;

	start(code, len);
	do {
		sched_yield();
		c = vcpu_env_crash(&env);
	} while (!c);
	join();
	ck_assert(!c->unknown);
	ck_assert_uint_eq(c->index, 0);
	return c;
}

/* Without an IDT every exception is a triple fault.  Where KVM uses AMD's SVM
 * the registers are lost. */
START_TEST(one_that_shuts_down)
{
	/* nop; ud2 */
	static const uint8_t code[] = { 0x90, 0x0f, 0x0b };
	const struct vcpu_crash *c = crash(code, sizeof(code));

	ck_assert_int_eq(power.what, POWER_TRIPLE_FAULT);
	ck_assert_str_eq(power.by, "triple fault");
	if (!c->forgotten) {
		ck_assert_uint_eq(c->rip, CODE + 1);
		ck_assert_uint_eq(c->ring, 0);
		ck_assert_uint_eq(c->cr3, 0);
		ck_assert_uint_eq(c->idt_limit, 0);
		ck_assert_uint_eq(c->code_known, UINT32_MAX);
		ck_assert_mem_eq(c->code + VCPU_CRASH_BEFORE - 1, code, 3);
	}
	stop();
}
END_TEST

/* The code is only shown where there is memory. */
START_TEST(one_that_runs_out_of_memory)
{
	/* mov eax, MEM_SIZE_MIN - 1; jmp eax: there the first byte of an
	 * instruction of two is. */
	static const uint8_t code[] = { 0xb8, 0xff, 0xff, 0xff, 0, 0xff, 0xe0 };
	const struct vcpu_crash *c = crash(code, sizeof(code));

	ck_assert_int_eq(power.what, POWER_CRASHED);
	ck_assert_uint_eq(c->rip, MEM_SIZE_MIN - 1);
	ck_assert_uint_eq(c->code_known, BIT(VCPU_CRASH_BEFORE + 1) - 1);
	stop();
}
END_TEST

static uint64_t places_seen, places_named;

static void place(void *arg, const struct count_spec *spec,
		  const uint64_t *value)
{
	(void)arg;
	if (!strcmp(spec->name, "port 0x10 write") ||
	    !strcmp(spec->name, "port 0x11 read") ||
	    !strcmp(spec->name, "mmio 0xf0000000 write"))
		places_named += *value;
	places_seen += *value;
}

static void group(void *arg, const char *name)
{
	(void)arg;
	(void)name;
}

static void group_end(void *arg)
{
	(void)arg;
}

/* Each of its exits is counted for the place that it was for. */
START_TEST(what_exits_are_for)
{
	/* out 0x10, al; out 0x10, al; in al, 0x11; mov [0xf0000000], al;
	 * ud2 */
	static const uint8_t code[] = { 0xe6, 0x10, 0xe6, 0x10, 0xe4,
					0x11, 0xa2, 0x00, 0x00, 0x00,
					0xf0, 0x0f, 0x0b };
	static const struct count_view view = { group, place, group_end, NULL };

	count_places = true;
	crash(code, sizeof(code));
	exit_places_show(vcpu.places, &view);
	ck_assert_uint_eq(places_named, 4);
	ck_assert_uint_eq(places_seen, 4);
	stop();
}
END_TEST

/* The code above, as --trace sees it: guest code and exits by turns. */
START_TEST(traced)
{
	static const uint8_t code[] = { 0xe6, 0x10, 0xe4, 0x11, 0xa2, 0x00,
					0x00, 0x00, 0xf0, 0x0f, 0x0b };
	static const struct {
		enum trace_kind kind;
		uint64_t value;
	} exits[] = {
		{ TRACE_PORT_WRITE, 0x10 },
		{ TRACE_PORT_READ, 0x11 },
		{ TRACE_MMIO_WRITE, 0xf0000000 },
		{ TRACE_OTHER, 0 },
	};
	const struct trace_event *event;
	enum trace_kind kind;

	ck_assert_int_eq(trace_init(&trace), 0);
	traces = &trace;
	crash(code, sizeof(code));
	for (unsigned i = 0; i < ARRAY_SIZE(exits); i++) {
		event = trace_at(&trace, 2 * i, &kind);
		ck_assert_int_eq(kind, TRACE_GUEST);
		ck_assert_str_eq(trace.track[event->track], "vCPU 0");
		ck_assert_uint_le(event->begin_ns, event->end_ns);
		ck_assert_uint_le(event->end_ns, event[1].begin_ns);
		event = trace_at(&trace, 2 * i + 1, &kind);
		ck_assert_int_eq(kind, exits[i].kind);
		ck_assert_uint_eq(event->value, exits[i].value);
	}
	stop();
	trace_free(&trace);
}
END_TEST

START_TEST(kinds_have_names)
{
	for (enum vcpu_exit kind = 0; kind < VCPU_EXIT_KINDS; kind++)
		ck_assert_ptr_nonnull(vcpu_exit_name(kind));
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		one_that_spins,
		one_that_sleeps,
		one_that_exits,
		an_nmi_wakes_one_with_interrupts_off,
		one_that_has_ended,
		one_that_spins_with_signals_blocked_and_none_to_be_queued,
		one_whose_process_was_stopped,
		one_that_jumps_to_where_no_memory_is,
		failures_are_the_guests_or_the_hosts,
		one_that_shuts_down,
		one_that_runs_out_of_memory,
		what_exits_are_for,
		traced,
		kinds_have_names,
		NULL,
	};
	const char *none = getenv("MINIVMM_NO_KVM");

	if (!none || strcmp(none, "1") != 0)
		return unit_run(unit_suite("vcpu", all));
	puts("SKIPPED: 12 tests that need " KVM_DEVICE " (MINIVMM_NO_KVM=1)");
	return unit_run(unit_suite("vcpu", all + 12));
}
