/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vcpu_hold.c - a processor that a debugger holds
 *
 * The guests are a few bytes of 32-bit code at CODE, on a real KVM.
 */
#include <linux/kvm.h>
#include <sched.h>
#include <stdio.h>

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

#define CODE 0x1000

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

static void start(const uint8_t *code, size_t len)
{
	const struct boot_cpu boot = { .rip = CODE, .cs = 0x10, .ds = 0x18 };

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
	ck_assert_int_eq(vcpu_init(&vcpu, &kvm, &env, 0, 1, &boot), 0);
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

int main(void)
{
	const TTest *const all[] = {
		held_and_released_often,
		held_from_the_beginning,
		steps_over_accesses,
		registers_are_set,
		breakpoints,
		NULL,
	};
	const char *none = getenv("MINIVMM_NO_KVM");

	if (!none || strcmp(none, "1") != 0)
		return unit_run(unit_suite("vcpu_hold", all));
	puts("SKIPPED: 5 tests that need " KVM_DEVICE " (MINIVMM_NO_KVM=1)");
	return 0;
}
