/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_coalesced.c - port writes that KVM keeps until the next exit
 *
 * The guests are a few bytes of 32-bit code at CODE, on a real KVM.  The loop
 * runs only where a test says so; until then the timer does not look.
 */
#include <linux/kvm.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bus.h"
#include "base/mem.h"
#include "firmware/boot.h"
#include "tests/fake_power.h"
#include "tests/unit.h"
#include "vmm/coalesced.h"
#include "vmm/kvm.h"
#include "vmm/vcpu.h"

#define CODE 0x1000

/* As in coalesced.c: so many writes leave the guest before KVM keeps any. */
enum { EXITS = 4 };

/* How often a guest chooses a register and reads it. */
enum { PAIRS = 200 };

/* What a guest does with PCI's ports or the clock's. */
struct device {
	/* The register that was chosen last. */
	uint32_t index;
	unsigned writes, reads, wrong;
	/* Set with release when the last pair has been read. */
	bool done;
	/* A write to port 0xCF9. */
	bool reset;
};

static struct mem mem;
static struct kvm kvm;
static struct bus port, mmio;
static struct loop loop;
static struct fake_power power;
static struct coalesced coalesced;
static struct vcpu_env env;
static struct vcpu vcpu;
static struct device device;

static void chosen(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
	struct device *d = owner;

	if (offset == 1 && size == 1) {
		d->reset = true;
		loop_quit(&loop);
		return;
	}
	d->index = (uint32_t)value;
	d->writes++;
}

/* Each read finds the register that the guest chose just before. */
static uint64_t read_it(void *owner, uint64_t offset, unsigned size)
{
	struct device *d = owner;

	(void)offset;
	(void)size;
	d->wrong += d->index != PAIRS - d->reads;
	d->wrong += d->writes != d->reads + 1;
	/* Release: pairs with the acquire in until_done(). */
	__atomic_store_n(&d->done, ++d->reads == PAIRS, __ATOMIC_RELEASE);
	return 0;
}

static uint64_t no_read(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)offset;
	(void)size;
	ck_abort();
	return 0;
}

static void no_write(void *owner, uint64_t offset, unsigned size,
		     uint64_t value)
{
	(void)value;
	no_read(owner, offset, size);
}

static void add_ports(uint16_t index, uint16_t data, uint64_t len)
{
	static const struct bus_ops index_ops = { no_read, chosen, 4 };
	static const struct bus_ops data_ops = { read_it, no_write, 4 };
	static struct bus_range ranges[2];

	ranges[0] = (struct bus_range){ index,	 len,	  &index_ops,
					&device, "index", NULL };
	ranges[1] = (struct bus_range){ data,	 len,	 &data_ops,
					&device, "data", NULL };
	ck_assert_int_eq(bus_add(&port, &ranges[0]), 0);
	ck_assert_int_eq(bus_add(&port, &ranges[1]), 0);
}

/* @shared: KVM shares enough memory with us for its ring. */
static void start(const uint8_t *code, size_t len, bool shared)
{
	const struct boot_cpu boot = { .rip = CODE, .cs = 0x10, .ds = 0x18 };

	device = (struct device){ 0 };
	bus_init(&port, "port");
	bus_init(&mmio, "mmio");
	fake_power_init(&power);
	ck_assert_int_eq(loop_init(&loop), 0);
	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
	ck_assert_int_eq(kvm_open(&kvm), 0);
	ck_assert_int_eq(kvm_vm_create(&kvm, &mem), 0);
	coalesced_init(&coalesced, &kvm, &port, &loop);
	env = (struct vcpu_env){ .port = &port,
				 .mmio = &mmio,
				 .mem = &mem,
				 .coalesced = &coalesced,
				 .power = power.power };
	memcpy(mem_at(&mem, CODE, len), code, len);
	ck_assert_int_eq(vcpu_init(&vcpu, &kvm, &env, 0, 1, &boot), 0);
	coalesced_map(&coalesced, vcpu.run, shared ? vcpu.run_size : 4096);
}

static void go(void)
{
	ck_assert_int_eq(vcpu_start(&vcpu), 0);
}

static void stop(void)
{
	vcpu_env_stop(&env);
	vcpu_kick(&vcpu);
	vcpu_join(&vcpu);
	coalesced_free(&coalesced);
	vcpu_free(&vcpu);
	kvm_vm_destroy(&kvm);
	kvm_close(&kvm);
	mem_free(&mem);
	loop_free(&loop);
	bus_free(&mmio);
	bus_free(&port);
}

static void until_done(void)
{
	/* Acquire: pairs with the release in read_it(). */
	while (!__atomic_load_n(&device.done, __ATOMIC_ACQUIRE))
		sched_yield();
}

static uint64_t exits(void)
{
	return vcpu.exits[VCPU_EXIT_PORT];
}

/* mov ecx, PAIRS; 1: mov dx, 0xcf8; mov eax, ecx; out dx, eax; mov dx, 0xcfc;
 * in eax, dx; loop 1b; 2: jmp 2b */
static const uint8_t pci_pairs[] = {
	0xb9, PAIRS, 0,	   0,	 0,    0x66, 0xba, 0xf8, 0x0c, 0x89, 0xc8,
	0xef, 0x66,  0xba, 0xfc, 0x0c, 0xed, 0xe2, 0xf2, 0xeb, 0xfe,
};

START_TEST(pci_addresses)
{
	start(pci_pairs, sizeof(pci_pairs), true);
	add_ports(0xcf8, 0xcfc, 4);
	go();
	until_done();
	ck_assert_uint_eq(device.wrong, 0);
	ck_assert_uint_eq(exits(), PAIRS + EXITS);
	stop();
}
END_TEST

START_TEST(kvm_that_cannot)
{
	start(pci_pairs, sizeof(pci_pairs), false);
	add_ports(0xcf8, 0xcfc, 4);
	go();
	until_done();
	ck_assert_uint_eq(device.wrong, 0);
	ck_assert_uint_eq(exits(), 2UL * PAIRS);
	stop();
}
END_TEST

/* KVM keeps these ports, and nobody needs to look. */
START_TEST(clock_registers)
{
	/* mov ecx, PAIRS; 1: mov al, cl; out 0x70, al; in al, 0x71; loop 1b;
	 * 2: jmp 2b */
	static const uint8_t code[] = {
		0xb9, PAIRS, 0,	   0,	 0,    0x88, 0xc8, 0xe6,
		0x70, 0xe4,  0x71, 0xe2, 0xf8, 0xeb, 0xfe,
	};

	start(code, sizeof(code), true);
	add_ports(0x70, 0x71, 1);
	go();
	until_done();
	ck_assert_uint_eq(device.wrong, 0);
	ck_assert_uint_eq(exits(), PAIRS + EXITS);
	ck_assert(coalesced.zone[1].on);
	ck_assert(!coalesced.begun.queued);
	stop();
}
END_TEST

static void look_again(void *arg)
{
	struct loop_timer *timer = arg;

	if (coalesced.zone[0].on)
		loop_arm(&loop, timer, now_ns() + NSEC_PER_MSEC);
	else
		loop_quit(&loop);
}

/* A write to 0xCF9 does not stay in the ring, although the guest spins.  Then
 * KVM has the ports no more, and there is nothing to wake up for. */
START_TEST(a_reset_after_addresses)
{
	/* mov ecx, 6; mov dx, 0xcf8; 1: out dx, eax; loop 1b; inc edx;
	 * mov al, 6; out dx, al; 2: jmp 2b */
	static const uint8_t code[] = {
		0xb9, 0x06, 0,	  0,	0,    0x66, 0xba, 0xf8, 0x0c,
		0xef, 0xe2, 0xfd, 0x42, 0xb0, 0x06, 0xee, 0xeb, 0xfe,
	};
	struct loop_timer timer = { .expired = look_again, .arg = &timer };

	start(code, sizeof(code), true);
	add_ports(0xcf8, 0xcfc, 4);
	go();
	while (__atomic_load_n(&coalesced.ring->last, __ATOMIC_ACQUIRE) != 3)
		sched_yield();
	ck_assert(!device.reset);
	loop_run(&loop);
	ck_assert(device.reset);
	ck_assert_uint_eq(device.writes, 6);
	ck_assert_uint_eq(exits(), EXITS);
	loop_arm(&loop, &timer, now_ns());
	loop_run(&loop);
	ck_assert(!coalesced.timer.armed);
	stop();
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		pci_addresses,
		kvm_that_cannot,
		clock_registers,
		a_reset_after_addresses,
		NULL,
	};
	const char *none = getenv("MINIVMM_NO_KVM");

	if (!none || strcmp(none, "1") != 0)
		return unit_run(unit_suite("coalesced", all));
	puts("SKIPPED: 4 tests that need " KVM_DEVICE " (MINIVMM_NO_KVM=1)");
	return unit_run(unit_suite("coalesced", all + 4));
}
