/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_standstill.c - processors that are halted for ever, and others
 *
 * The guests are a few bytes of 32-bit code at CODE, on a real KVM.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/bus.h"
#include "base/mem.h"
#include "base/text.h"
#include "firmware/boot.h"
#include "tests/fake_power.h"
#include "tests/unit.h"
#include "vmm/kvm.h"
#include "vmm/msi.h"
#include "vmm/standstill.h"
#include "vmm/vcpus.h"
#include "vmm/wake.h"

#define CODE	0x1000
#define HALTED	.activity = VCPU_HALTED
#define WAITING .activity = VCPU_WAITING

START_TEST(what_is_a_standstill)
{
	static const struct {
		struct vcpu_snapshot cpu[2];
		bool standstill;
	} rows[] = {
		{ { { HALTED }, { HALTED } }, true },
		/* Not started. */
		{ { { HALTED }, { WAITING } }, true },
		{ { { WAITING }, { HALTED } }, true },
		{ { { WAITING }, { WAITING } }, false },
		/* It runs, or an interrupt wakes it. */
		{ { { HALTED }, { .activity = VCPU_RUNNING } }, false },
		{ { { HALTED }, { HALTED, .interrupts_on = true } }, false },
		{ { { HALTED, .nmi_pending = true }, { HALTED } }, false },
		{ { { HALTED }, { HALTED, .nmi_from_pic = true } }, false },
		/* An interrupt that is pending does not. */
		{ { { HALTED, .irr = { 1 } }, { HALTED } }, true },
		{ { { HALTED }, { HALTED, .error = -ETIMEDOUT } }, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(standstill_is(rows[i].cpu, 2) ==
				      rows[i].standstill,
			      "row %zu", i);
}
END_TEST

static struct mem mem;
static struct kvm kvm;
static struct kvm_messages msi;
static struct bus port, mmio;
static struct fake_power power;
static struct vcpu_env env;
static struct vcpu_set vcpus;
static struct loop loop;
static struct standstill standstill;
static unsigned found;

static void count_found(void *arg)
{
	(void)arg;
	found++;
	loop_quit(&loop);
}

static void make(const uint8_t *code, size_t len, unsigned n)
{
	const struct boot_cpu boot = { .rip = CODE, .cs = 0x10, .ds = 0x18 };

	bus_init(&port, "port");
	bus_init(&mmio, "mmio");
	fake_power_init(&power);
	env = (struct vcpu_env){
		.port = &port, .mmio = &mmio, .mem = &mem, .power = power.power
	};
	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
	ck_assert_int_eq(kvm_open(&kvm), 0);
	ck_assert_int_eq(kvm_vm_create(&kvm, &mem), 0);
	ck_assert_int_eq(kvm_msi_init(&msi, &kvm), 0);
	memcpy(mem_at(&mem, CODE, len), code, len);
	ck_assert_int_eq(vcpu_set_create(&vcpus, &kvm, &env, n, &boot), 0);
	ck_assert_int_eq(loop_init(&loop), 0);
}

static void go(void)
{
	ck_assert_int_eq(vcpu_set_start(&vcpus), 0);
	ck_assert_int_eq(standstill_start(&standstill, &loop, &vcpus, &kvm,
					  &msi, count_found, NULL),
			 0);
}

static void drop(void)
{
	standstill_stop(&standstill);
	vcpu_env_stop(&env);
	vcpu_set_stop(&vcpus);
	vcpu_set_free(&vcpus);
	loop_free(&loop);
	kvm_msi_free(&msi);
	kvm_vm_destroy(&kvm);
	kvm_close(&kvm);
	mem_free(&mem);
	bus_free(&mmio);
	bus_free(&port);
}

static void quit(void *arg)
{
	(void)arg;
	loop_quit(&loop);
}

/* Looks at it for some time, in which it would be found several times. */
static void is_not_found(void)
{
	struct loop_timer timer = { .expired = quit };

	go();
	loop_arm(&loop, &timer, now_ns() + 2 * NSEC_PER_SEC);
	loop_run(&loop);
	ck_assert_uint_eq(found, 0);
}

START_TEST(one_that_halts_for_ever)
{
	/* 1: hlt; jmp 1b */
	static const uint8_t code[] = { 0xf4, 0xeb, 0xfd };
	char where[100] = "";
	struct text text = { where, sizeof(where), 0 };

	make(code, sizeof(code), 2);
	go();
	loop_run(&loop);
	ck_assert_uint_eq(found, 1);
	standstill_describe(&standstill, NULL, &text);
	ck_assert_str_eq(where, "vCPU 0 at 0x1001");
	drop();
}
END_TEST

START_TEST(one_that_sleeps_and_one_that_spins)
{
	/* sti; 1: hlt; jmp 1b */
	static const uint8_t sleeps[] = { 0xfb, 0xf4, 0xeb, 0xfd };
	/* 1: jmp 1b */
	static const uint8_t spins[] = { 0xeb, 0xfe };

	make(sleeps, sizeof(sleeps), 1);
	is_not_found();
	/* Looked at less and less often. */
	ck_assert_uint_gt(standstill.interval_ns, NSEC_PER_SEC / 2);
	drop();
	make(spins, sizeof(spins), 1);
	is_not_found();
	drop();
}
END_TEST

static void set_ioapic_pin(unsigned pin, uint64_t bits)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };

	ck_assert_int_eq(ioctl(kvm.vm, KVM_GET_IRQCHIP, &chip), 0);
	chip.chip.ioapic.redirtbl[pin].bits = bits;
	ck_assert_int_eq(ioctl(kvm.vm, KVM_SET_IRQCHIP, &chip), 0);
}

/* A pin, or a message, that is an NMI to a processor. */
START_TEST(what_can_wake_one)
{
	static const uint8_t code[] = { 0xf4, 0xeb, 0xfd };

	make(code, sizeof(code), 1);
	ck_assert(!kvm_can_wake_halted(&kvm, &msi));
	set_ioapic_pin(4, 0x31);
	ck_assert(!kvm_can_wake_halted(&kvm, &msi));
	for (unsigned mode = 0; mode < 8; mode++) {
		bool wakes = mode == 2 || mode == 4 || mode == 5;

		set_ioapic_pin(4, 0x31 | mode << 8);
		ck_assert(kvm_can_wake_halted(&kvm, &msi) == wakes);
		/* Masked. */
		set_ioapic_pin(4, 0x31 | mode << 8 | BIT(16));
		ck_assert(!kvm_can_wake_halted(&kvm, &msi));
		msi.message[7].data = 0x31 | mode << 8;
		msi.message[7].routed = true;
		ck_assert(kvm_can_wake_halted(&kvm, &msi) == wakes);
		msi.message[7].routed = false;
	}
	set_ioapic_pin(4, 0x400);
	is_not_found();
	drop();
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		what_is_a_standstill,
		one_that_halts_for_ever,
		one_that_sleeps_and_one_that_spins,
		what_can_wake_one,
		NULL,
	};
	const TTest *const without[] = { what_is_a_standstill, NULL };
	const char *none = getenv("MINIVMM_NO_KVM");

	if (!none || strcmp(none, "1") != 0)
		return unit_run(unit_suite("standstill", all));
	puts("SKIPPED: 3 tests that need " KVM_DEVICE " (MINIVMM_NO_KVM=1)");
	return unit_run(unit_suite("standstill", without));
}
