/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vcpu_hold.c - a processor that a debugger holds
 *
 * The guests are a few bytes of 32-bit code at CODE, on a real KVM.
 */
#include <linux/kvm.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/bus.h"
#include "base/mem.h"
#include "firmware/boot.h"
#include "gdb/points.h"
#include "tests/fake_power.h"
#include "tests/unit.h"
#include "vmm/debug_probe.h"
#include "vmm/kvm.h"
#include "vmm/vcpu.h"
#include "vmm/vcpu_registers.h"

enum {
	CODE = 0x1000,
	HANDLER = 0x1100,
	GDT = 0x2000,
	IDT = 0x3000,
	TABLES = 0x4000,
	STACK = 0x8000
};

enum { VECTOR_DB = 1, VECTOR_BP = 3, VECTOR_INTERRUPT = 48 };

enum { FLAGS_IF = 0x200, LAPIC_SVR = 0xf0, DR6_STEP = 0xffff4ff0 };

#define WATCHDOG_NS (30 * NSEC_PER_SEC)

static struct mem mem;
static struct kvm kvm;
static struct bus port, mmio;
static struct fake_power power;
static struct gdb_points points;
static struct vcpu_debug debug;
static struct vcpu_env env;
static struct vcpu vcpu;
static unsigned told;

static void was_held(void *arg)
{
	(void)arg;
	__atomic_fetch_add(&told, 1, __ATOMIC_RELAXED);
}

static void start_at(const struct boot_cpu *boot, const uint8_t *code,
		     size_t len)
{
	bus_init(&port, "port");
	bus_init(&mmio, "mmio");
	fake_power_init(&power);
	points = (struct gdb_points){ .mem = &mem };
	debug = (struct vcpu_debug){ .points = &points, .told = was_held };
	env = (struct vcpu_env){ .port = &port,
				 .mmio = &mmio,
				 .mem = &mem,
				 .power = power.power,
				 .debug = &debug };
	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
	ck_assert_int_eq(kvm_open(&kvm), 0);
	ck_assert_int_eq(kvm_vm_create(&kvm, &mem), 0);
	memcpy(mem_at(&mem, CODE, len), code, len);
	ck_assert_int_eq(vcpu_init(&vcpu, &kvm, &env, 0, 1, boot), 0);
}

static void start(const uint8_t *code, size_t len)
{
	const struct boot_cpu boot = { .rip = CODE, .cs = 0x10, .ds = 0x18 };

	start_at(&boot, code, len);
}

static void stop(void)
{
	vcpu_env_stop(&env);
	if (vcpu.started)
		vcpu_kick(&vcpu);
	vcpu_join(&vcpu);
	vcpu_free(&vcpu);
	kvm_vm_destroy(&kvm);
	kvm_close(&kvm);
	mem_free(&mem);
	bus_free(&mmio);
	bus_free(&port);
}

static void await_held(void)
{
	const uint64_t until = now_ns() + WATCHDOG_NS;

	while (!vcpu_is_held(&vcpu)) {
		ck_assert_uint_lt(now_ns(), until);
		sched_yield();
	}
}

static void hold(void)
{
	vcpu_hold_ask(&vcpu);
	await_held();
}

static void go_on(bool step)
{
	ck_assert_int_eq(vcpu_hold_prepare(&vcpu, &points, step), 0);
	vcpu_hold_release(&vcpu);
}

static struct vcpu_snapshot look(void)
{
	struct vcpu_snapshot s;

	vcpu_snapshot_ask(&vcpu, NULL);
	vcpu_snapshot_take(&vcpu, &s, now_ns() + WATCHDOG_NS);
	ck_assert_int_eq(s.error, 0);
	return s;
}

/* 1: inc ecx; jmp 1b */
static const uint8_t counts[] = { 0x41, 0xeb, 0xfd };

static uint64_t rcx(void)
{
	struct gdb_registers r;

	ck_assert_int_eq(vcpu_registers_get(vcpu.fd, &r), 0);
	return r.general[2];
}

START_TEST(held_and_released_often)
{
	uint64_t before = 0;

	start(counts, sizeof(counts));
	ck_assert_int_eq(vcpu_start(&vcpu), 0);
	for (unsigned i = 0; i < 500; i++) {
		uint64_t now;

		hold();
		now = rcx();
		/* It stands, and answers. */
		look();
		ck_assert_uint_eq(rcx(), now);
		ck_assert_uint_ge(now, before);
		before = now;
		go_on(false);
	}
	ck_assert_uint_eq(__atomic_load_n(&told, __ATOMIC_RELAXED), 500);
	while (hold(), rcx() == before)
		go_on(false);
	stop();
}
END_TEST

START_TEST(held_from_the_beginning)
{
	start(counts, sizeof(counts));
	vcpu_hold_ask(&vcpu);
	ck_assert_int_eq(vcpu_start(&vcpu), 0);
	await_held();
	ck_assert_uint_eq(look().rip, CODE);
	ck_assert_uint_eq(rcx(), 0);
	/* The end reaches one that is held. */
	stop();
}
END_TEST

/* An access is completed before it is held; then each step is one
 * instruction. */
START_TEST(steps_over_accesses)
{
	/* inc ecx; out 0x80, al; in al, 0x80; inc ecx; 1: jmp 1b */
	static const uint8_t code[] = { 0x41, 0xe6, 0x80, 0xe4,
					0x80, 0x41, 0xeb, 0xfe };
	static const unsigned at[] = { 1, 3, 5, 6, 6 };

	start(code, sizeof(code));
	vcpu_hold_ask(&vcpu);
	ck_assert_int_eq(vcpu_start(&vcpu), 0);
	await_held();
	for (unsigned i = 0; i < ARRAY_SIZE(at); i++) {
		go_on(true);
		await_held();
		ck_assert(vcpu.hold.stop.any);
		ck_assert_int_eq(vcpu.hold.stop.at, GDB_BREAKPOINTS);
		ck_assert_uint_eq(vcpu_rip(vcpu.fd), CODE + at[i]);
	}
	ck_assert_uint_eq(rcx(), 2);
	ck_assert_uint_eq(look().exits[VCPU_EXIT_PORT], 2);
	stop();
}
END_TEST

START_TEST(registers_are_set)
{
	struct gdb_registers r, now;

	start(counts, sizeof(counts));
	vcpu_hold_ask(&vcpu);
	ck_assert_int_eq(vcpu_start(&vcpu), 0);
	await_held();
	ck_assert_int_eq(vcpu_registers_get(vcpu.fd, &r), 0);
	ck_assert_uint_eq(r.rip, CODE);
	ck_assert_uint_eq(r.cs, 0x10);
	ck_assert_uint_eq(r.fctrl, 0x37f);
	ck_assert_uint_eq(r.ftag, 0xffff);
	ck_assert_uint_eq(r.mxcsr, 0x1f80);
	for (unsigned i = 0; i < 16; i++)
		r.general[i] = 0x10000 + i;
	memset(r.xmm[15], 0x5a, 16);
	memset(r.st[0], 0xa5, 10);
	r.ftag = 0xfffc;
	r.k_gs_base = 0x1000;
	r.gs_base = 0x2000;
	r.eflags |= 1;
	ck_assert_int_eq(vcpu_registers_set(vcpu.fd, &r), 0);
	ck_assert_int_eq(vcpu_registers_get(vcpu.fd, &now), 0);
	ck_assert_mem_eq(&now, &r, sizeof(r));
	/* Nothing is set if not all can be. */
	r.general[0] = 1;
	r.ss = 1;
	ck_assert_int_lt(vcpu_registers_set(vcpu.fd, &r), 0);
	ck_assert_int_eq(vcpu_registers_get(vcpu.fd, &now), 0);
	ck_assert_uint_eq(now.general[0], 0x10000);
	stop();
}
END_TEST

/* Of a KVM that has them: a breakpoint, where it is, and not for ever. */
START_TEST(breakpoints)
{
	static const struct gdb_paging off;

	start(counts, sizeof(counts));
	ck_assert_int_eq(debug_probe(kvm.fd, &points.can), 0);
	if (!points.can.code) {
		puts("SKIPPED: this KVM has no hardware breakpoints");
		stop();
		return;
	}
	vcpu_hold_ask(&vcpu);
	ck_assert_int_eq(vcpu_start(&vcpu), 0);
	await_held();
	ck_assert_int_eq(
		gdb_points_insert(&points, &off, GDB_HARDWARE, CODE + 1, 1), 0);
	go_on(false);
	await_held();
	ck_assert_int_eq(vcpu.hold.stop.at, GDB_HARDWARE);
	ck_assert_uint_eq(vcpu_rip(vcpu.fd), CODE + 1);
	ck_assert_uint_eq(rcx(), 1);
	/* The step is over the jump, and ends behind it. */
	gdb_points_remove_all(&points);
	go_on(true);
	await_held();
	ck_assert_uint_eq(vcpu_rip(vcpu.fd), CODE);
	go_on(false);
	stop();
}
END_TEST

/* A guest in 64-bit mode whose interrupts are on.  Its handler of @vector
 * counts in edx and does not return. */
static void start_with_handler(const uint8_t *code, size_t len, uint8_t vector)
{
	/* inc edx; 1: jmp 1b */
	static const uint8_t handler[] = { 0xff, 0xc2, 0xeb, 0xfe };
	static const uint64_t flat[] = { 0, 0, 0x00af9b000000ffff,
					 0x00cf93000000ffff };
	/* 2 MiB at 0. */
	static const uint64_t tables[] = { [0] = (TABLES + 0x1000) | 3,
					   [512] = (TABLES + 0x2000) | 3,
					   [1024] = 0x83 };
	static const struct boot_cpu boot = { .mode = BOOT_LONG64,
					      .rip = CODE,
					      .rsp = STACK,
					      .cr3 = TABLES,
					      .gdt = GDT,
					      .gdt_limit = sizeof(flat) - 1,
					      .cs = 0x10,
					      .ds = 0x18 };
	const uint64_t gate = HANDLER | 0x10 << 16 | UINT64_C(0x8e00) << 32;
	struct kvm_lapic_state lapic;
	struct kvm_sregs sregs;
	struct kvm_regs regs;

	start_at(&boot, code, len);
	memcpy(mem_at(&mem, HANDLER, sizeof(handler)), handler,
	       sizeof(handler));
	memcpy(mem_at(&mem, GDT, sizeof(flat)), flat, sizeof(flat));
	memcpy(mem_at(&mem, TABLES, sizeof(tables)), tables, sizeof(tables));
	memcpy(mem_at(&mem, IDT + 16 * vector, 8), &gate, 8);
	ck_assert_int_eq(ioctl(vcpu.fd, KVM_GET_SREGS, &sregs), 0);
	sregs.idt.base = IDT;
	sregs.idt.limit = 16 * 64 - 1;
	ck_assert_int_eq(ioctl(vcpu.fd, KVM_SET_SREGS, &sregs), 0);
	ck_assert_int_eq(ioctl(vcpu.fd, KVM_GET_REGS, &regs), 0);
	regs.rflags |= FLAGS_IF;
	ck_assert_int_eq(ioctl(vcpu.fd, KVM_SET_REGS, &regs), 0);
	ck_assert_int_eq(ioctl(vcpu.fd, KVM_GET_LAPIC, &lapic), 0);
	lapic.regs[LAPIC_SVR + 1] |= 1;
	ck_assert_int_eq(ioctl(vcpu.fd, KVM_SET_LAPIC, &lapic), 0);
	vcpu_hold_ask(&vcpu);
	ck_assert_int_eq(vcpu_start(&vcpu), 0);
	await_held();
}

static uint64_t rdx(void)
{
	struct gdb_registers r;

	ck_assert_int_eq(vcpu_registers_get(vcpu.fd, &r), 0);
	return r.general[3];
}

/* An interrupt that comes while the vCPU is held waits, also while it is
 * stepped; it is there when the vCPU goes on. */
START_TEST(interrupts_wait)
{
	const struct kvm_msi msi = { .address_lo = 0xfee00000,
				     .data = VECTOR_INTERRUPT };

	/* 1: inc ecx; jmp 1b */
	static const uint8_t code[] = { 0xff, 0xc1, 0xeb, 0xfc };

	start_with_handler(code, sizeof(code), VECTOR_INTERRUPT);
	debug.step_control = debug_probe_step(kvm.fd);
	if (!debug.step_control)
		puts("SKIPPED: this KVM cannot hold back interrupts");
	ck_assert_int_eq(ioctl(kvm.vm, KVM_SIGNAL_MSI, &msi), 1);
	for (unsigned i = 0; debug.step_control && i < 10; i++) {
		go_on(true);
		await_held();
		ck_assert_uint_eq(vcpu_rip(vcpu.fd), i % 2 ? CODE : CODE + 2);
	}
	ck_assert_uint_eq(rdx(), 0);
	do {
		go_on(false);
		hold();
	} while (!rdx());
	ck_assert_uint_eq(rdx(), 1);
	stop();
}
END_TEST

/* As if KVM had reported exception @vector at the first instruction.  The KVMs
 * here do not report the guest's own, so the exit is made up. */
static void had_exception(uint32_t vector, uint64_t dr6)
{
	vcpu.run->exit_reason = KVM_EXIT_DEBUG;
	vcpu.run->debug.arch = (struct kvm_debug_exit_arch){
		.exception = vector, .pc = CODE, .dr6 = dr6
	};
	ck_assert(vcpu_hold_exit(&vcpu));
}

static void check_injected(uint8_t vector)
{
	struct kvm_vcpu_events events;

	ck_assert(!vcpu.hold.stop.any);
	ck_assert_int_eq(ioctl(vcpu.fd, KVM_GET_VCPU_EVENTS, &events), 0);
	/* KVM does not tell of software exceptions, but for the number. */
	ck_assert_uint_eq(events.exception.injected, vector != VECTOR_BP);
	ck_assert_uint_eq(events.exception.nr, vector);
	ck_assert_uint_eq(events.exception.has_error_code, 0);
	ck_assert_uint_eq(vcpu_rip(vcpu.fd), CODE);
}

/* An exception that no breakpoint and no step has caused is the guest's. */
START_TEST(guest_has_its_own_exceptions)
{
	static const uint8_t code[] = { 0xcc };
	static const struct gdb_paging off;
	struct kvm_debugregs regs;

	start(code, sizeof(code));
	points.can =
		(struct gdb_abilities){ .int3 = GDB_INT3_STOPS, .code = true };
	had_exception(VECTOR_BP, 0);
	check_injected(VECTOR_BP);
	had_exception(VECTOR_DB, DR6_STEP);
	check_injected(VECTOR_DB);
	/* Nor do breakpoints elsewhere change that. */
	gdb_points_insert(&points, &off, GDB_SOFTWARE, CODE + 16, 1);
	gdb_points_insert(&points, &off, GDB_HARDWARE, CODE + 32, 1);
	had_exception(VECTOR_BP, 0);
	check_injected(VECTOR_BP);
	had_exception(VECTOR_DB, DR6_STEP);
	ck_assert_int_eq(ioctl(vcpu.fd, KVM_GET_DEBUGREGS, &regs), 0);
	ck_assert_uint_eq(regs.dr6 & 0xffff, (DR6_STEP & 0xffff) | 0xff0);
	/* Here it is the debugger's, though the guest has one here, too. */
	gdb_points_insert(&points, &off, GDB_SOFTWARE, CODE, 1);
	had_exception(VECTOR_BP, 0);
	ck_assert(vcpu.hold.stop.any);
	ck_assert_int_eq(vcpu.hold.stop.at, GDB_SOFTWARE);
	stop();
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		held_and_released_often,
		held_from_the_beginning,
		steps_over_accesses,
		registers_are_set,
		breakpoints,
		interrupts_wait,
		guest_has_its_own_exceptions,
		NULL,
	};
	const char *none = getenv("MINIVMM_NO_KVM");

	if (!none || strcmp(none, "1") != 0)
		return unit_run(unit_suite("vcpu_hold", all));
	puts("SKIPPED: 7 tests that need " KVM_DEVICE " (MINIVMM_NO_KVM=1)");
	return 0;
}
