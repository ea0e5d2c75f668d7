/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpuid.c - each processor is told who it is, and where
 *
 * CPUID is asked at CPL 0: a hypervisor that runs CPL 3 natively may be
 * unable to intercept it there.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/smp.h"
#include "guest-tests/lib/string.h"

enum {
	FEATURES = 1,
	TOPOLOGY = 0xb,
	HYPERVISOR = 0x40000000,
	HYPERVISOR_TSC = 0x40000010,
	AMD_FEATURES = 0x80000001,
	AMD_TOPOLOGY = 0x8000001e,

	ECX_X2APIC = 1 << 21,
	ECX_HYPERVISOR = 1 << 31,
	ECX_TOPOEXT = 1 << 22,

	LEVEL_THREAD = 1,
	LEVEL_CORE = 2,
};

struct regs {
	uint32_t eax, ebx, ecx, edx;
};

/* What one processor sees. */
struct view {
	struct regs max, features, thread, core, amd_max, amd_features, amd;
	unsigned apic_id;
};

static struct regs cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct regs r;

	gate(ring0_cpuid, leaf, subleaf, (uint64_t)&r);
	return r;
}

static void look(void *arg)
{
	struct view *v = arg;

	v->apic_id = irq_lapic_id();
	v->max = cpuid(0, 0);
	v->features = cpuid(FEATURES, 0);
	v->thread = cpuid(TOPOLOGY, 0);
	v->core = cpuid(TOPOLOGY, 1);
	v->amd_max = cpuid(0x80000000, 0);
	v->amd_features = cpuid(AMD_FEATURES, 0);
	v->amd = cpuid(AMD_TOPOLOGY, 0);
}

static void check_hypervisor(void)
{
	struct regs r = cpuid(HYPERVISOR, 0);
	uint32_t khz;

	check(!memcmp(&r.ebx, "KVMKVMKVM\0\0", 12), "KVM's signature",
	      "%x %x %x", r.ebx, r.ecx, r.edx);
	if (!check(r.eax >= HYPERVISOR_TSC, "TSC leaf", "last leaf %x", r.eax))
		return;
	khz = cpuid(HYPERVISOR_TSC, 0).eax;
	print("tsc: %u kHz\n", khz);
	/* kvmclock's factor is good for more than a part in a thousand. */
	check(khz > clock_khz() - clock_khz() / 1000 &&
		      khz < clock_khz() + clock_khz() / 1000,
	      "TSC rate is kvmclock's", "%u, not %u", khz, clock_khz());
}

/* Leaf 0xB: a level of threads, one of cores, the latter holding all. */
static void check_levels(const struct view *v, unsigned n)
{
	check_eq("thread level", v->thread.ecx >> 8 & 0xff, LEVEL_THREAD);
	check_eq("core level", v->core.ecx >> 8 & 0xff, LEVEL_CORE);
	check_eq("leaf 0xB id", v->thread.edx, v->apic_id);
	check_eq("leaf 0xB.1 id", v->core.edx, v->apic_id);
	check(1u << (v->core.eax & 31) >= n, "bits for all", "%u",
	      v->core.eax & 31);
	check_eq("processors", v->core.ebx & 0xffff, n);
}

static void check_view(const struct view *v, unsigned cpu, unsigned n)
{
	check_eq("APIC id", v->apic_id, smp_apic_id[cpu]);
	check_eq("leaf 1 id", v->features.ebx >> 24, v->apic_id);
	check(v->features.ecx & ECX_HYPERVISOR, "hypervisor bit", "0");
	check(v->features.ecx & ECX_X2APIC, "x2APIC", "0");
	if (n > 1)
		check(v->features.edx & 1 << 28, "HTT", "0");
	if (v->max.eax >= TOPOLOGY)
		check_levels(v, n);
	if (v->amd_max.eax >= AMD_TOPOLOGY &&
	    (v->amd_features.ecx & ECX_TOPOEXT))
		check_eq("leaf 0x8000001E id", v->amd.eax, v->apic_id);
}

void guest_main(void)
{
	struct view v;
	unsigned n, up, cpu;

	irq_start();
	check_hypervisor();
	n = smp_start(&up);
	print("cpus: %u\n", n);
	check_eq("all up", up, n);
	look(&v);
	check_view(&v, 0, n);
	for (cpu = 1; cpu < up; cpu++)
		if (check(smp_call(cpu, look, &v), "reached", "cpu %u", cpu))
			check_view(&v, cpu, n);
}
