/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/cpuid.h"

#include <cpuid.h>
#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "base/util.h"
#include "vmm/kvm.h"

/* Leaves that describe this processor's place among the others. */
enum {
	LEAF_FEATURES = 0x1,
	LEAF_INTEL_CACHE = 0x4,
	LEAF_TOPOLOGY = 0xb,
	LEAF_TSC = 0x15,
	LEAF_TOPOLOGY_V2 = 0x1f,
	LEAF_HYPERVISOR = 0x40000000,
	LEAF_TIMING = 0x40000010,
	LEAF_EXTENDED = 0x80000000,
	LEAF_AMD_FEATURES = 0x80000001,
	/* The name, 16 bytes in each of three leaves. */
	LEAF_BRAND = 0x80000002,
	LEAF_BRAND_END = 0x80000004,
	LEAF_AMD_SIZES = 0x80000008,
	LEAF_AMD_CACHE = 0x8000001d,
	LEAF_AMD_TOPOLOGY = 0x8000001e,
};

/* The frequency at which KVM's local APIC timer counts. */
#define APIC_BUS_KHZ 1000000

struct cpu {
	unsigned index, n_cpus;
	/* APIC id bits below the package's. */
	unsigned id_bits;
	uint32_t tsc_khz;
};

static unsigned bits_for(unsigned n)
{
	unsigned bits = 0;

	while ((1u << bits) < n)
		bits++;
	return bits;
}

static uint32_t with_field(uint32_t reg, unsigned shift, unsigned width,
			   uint32_t value)
{
	uint32_t mask = (BIT(width) - 1) << shift;

	return (reg & ~mask) | ((value << shift) & mask);
}

static void fit_features(struct kvm_cpuid_entry2 *e, const struct cpu *cpu)
{
	const uint32_t x2apic = BIT(21), hypervisor = BIT(31), htt = BIT(28);

	e->ebx = with_field(e->ebx, 24, 8, cpu->index);
	e->ebx = with_field(e->ebx, 16, 8, MIN(1u << cpu->id_bits, 255u));
	e->ecx |= x2apic | hypervisor;
	e->edx = cpu->n_cpus > 1 ? e->edx | htt : e->edx & ~htt;
}

/* Levels 1 and 2 are each core's own; all cores share the third. */
static uint32_t cache_sharers(const struct kvm_cpuid_entry2 *e,
			      const struct cpu *cpu)
{
	unsigned level = (e->eax >> 5) & 7;

	return level >= 3 ? (1u << cpu->id_bits) - 1 : 0;
}

static void fit_cache(struct kvm_cpuid_entry2 *e, const struct cpu *cpu)
{
	if (!(e->eax & 0x1f))
		return; /* no more caches */
	e->eax = with_field(e->eax, 14, 12, cache_sharers(e, cpu));
	if (e->function == LEAF_INTEL_CACHE)
		e->eax = with_field(e->eax, 26, 6,
				    MIN((1u << cpu->id_bits) - 1, 63u));
}

static void fit_amd_topology(struct kvm_cpuid_entry2 *e, const struct cpu *cpu)
{
	e->eax = cpu->index;
	e->ebx = with_field(e->ebx, 0, 16, cpu->index & 0xff);
	e->ecx = 0;
}

/* TSC = crystal * ebx / eax; the "crystal" is the APIC timer's clock, which
 * is what guests take it for as well. */
static void fit_tsc(struct kvm_cpuid_entry2 *e, const struct cpu *cpu)
{
	e->eax = cpu->tsc_khz ? APIC_BUS_KHZ : 0;
	e->ebx = cpu->tsc_khz;
	e->ecx = cpu->tsc_khz ? APIC_BUS_KHZ * 1000u : 0;
	e->edx = 0;
}

static void fit_entry(struct kvm_cpuid_entry2 *e, const struct cpu *cpu)
{
	switch (e->function) {
	case LEAF_FEATURES:
		fit_features(e, cpu);
		break;
	case LEAF_INTEL_CACHE:
	case LEAF_AMD_CACHE:
		fit_cache(e, cpu);
		break;
	case LEAF_TSC:
		fit_tsc(e, cpu);
		break;
	case LEAF_HYPERVISOR:
		e->eax = MAX(e->eax, (uint32_t)LEAF_TIMING);
		break;
	case LEAF_AMD_FEATURES:
		/* CmpLegacy: more than one core. */
		e->ecx = with_field(e->ecx, 1, 1, cpu->n_cpus > 1);
		break;
	case LEAF_AMD_SIZES:
		e->ecx = with_field(e->ecx, 0, 8, cpu->n_cpus - 1);
		e->ecx = with_field(e->ecx, 12, 4, cpu->id_bits);
		break;
	case LEAF_AMD_TOPOLOGY:
		fit_amd_topology(e, cpu);
		break;
	default:
		break;
	}
}

static void drop_leaf(struct kvm_cpuid2 *cpuid, uint32_t function)
{
	unsigned n = 0;

	for (unsigned i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function != function)
			cpuid->entries[n++] = cpuid->entries[i];
	cpuid->nent = n;
}

static void add_entry(struct kvm_cpuid2 *cpuid, unsigned room,
		      struct kvm_cpuid_entry2 entry)
{
	if (cpuid->nent < room)
		cpuid->entries[cpuid->nent++] = entry;
}

/* Leaf 0xB: one thread per core, @n_cpus cores per package. */
static void add_topology(struct kvm_cpuid2 *cpuid, unsigned room,
			 const struct cpu *cpu)
{
	const struct {
		uint32_t shift, count, type;
	} levels[] = { { 0, 1, 1 }, { cpu->id_bits, cpu->n_cpus, 2 }, { 0 } };

	for (uint32_t i = 0; i < ARRAY_SIZE(levels); i++)
		add_entry(cpuid, room,
			  (struct kvm_cpuid_entry2){
				  .function = LEAF_TOPOLOGY,
				  .index = i,
				  .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
				  .eax = levels[i].shift,
				  .ebx = levels[i].count,
				  .ecx = levels[i].type << 8 | i,
				  .edx = cpu->index,
			  });
}

void cpuid_fit(struct kvm_cpuid2 *cpuid, unsigned room, unsigned index,
	       unsigned n_cpus, uint32_t tsc_khz)
{
	const struct cpu cpu = { .index = index,
				 .n_cpus = n_cpus,
				 .id_bits = bits_for(n_cpus),
				 .tsc_khz = tsc_khz };

	drop_leaf(cpuid, LEAF_TOPOLOGY);
	drop_leaf(cpuid, LEAF_TOPOLOGY_V2);
	drop_leaf(cpuid, LEAF_TIMING);
	for (unsigned i = 0; i < cpuid->nent; i++)
		fit_entry(&cpuid->entries[i], &cpu);
	add_topology(cpuid, room, &cpu);
	add_entry(cpuid, room,
		  (struct kvm_cpuid_entry2){ .function = LEAF_TIMING,
					     .eax = tsc_khz,
					     .ebx = APIC_BUS_KHZ });
}

/* Whether the name has only zeros and blanks. */
static bool is_blank(const char *brand)
{
	for (unsigned i = 0; i < CPUID_BRAND_LEN; i++)
		if (brand[i] && brand[i] != ' ')
			return false;
	return true;
}

void cpuid_name(struct kvm_cpuid2 *cpuid, unsigned room,
		const char brand[CPUID_BRAND_LEN])
{
	static const char ours[CPUID_BRAND_LEN] = "minivmm";
	const char *name = is_blank(brand) ? ours : brand;

	for (unsigned i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		if (e->function == LEAF_EXTENDED)
			e->eax = MAX(e->eax, (uint32_t)LEAF_BRAND_END);
	}
	for (uint32_t leaf = LEAF_BRAND; leaf <= LEAF_BRAND_END; leaf++) {
		struct kvm_cpuid_entry2 e = { .function = leaf };
		const char *part = name + 16 * (size_t)(leaf - LEAF_BRAND);

		memcpy(&e.eax, part, 4);
		memcpy(&e.ebx, part + 4, 4);
		memcpy(&e.ecx, part + 8, 4);
		memcpy(&e.edx, part + 12, 4);
		drop_leaf(cpuid, leaf);
		add_entry(cpuid, room, e);
	}
}

/* The host's name; KVM's supported leaves lack it. */
static void host_name(char brand[CPUID_BRAND_LEN])
{
	unsigned regs[3][4] = { 0 };

	for (unsigned i = 0; i < 3; i++)
		__get_cpuid(LEAF_BRAND + i, &regs[i][0], &regs[i][1],
			    &regs[i][2], &regs[i][3]);
	memcpy(brand, regs, sizeof(regs));
}

/* KVM's supported leaves, with room for ours behind them; NULL and errno. */
static struct kvm_cpuid2 *supported(const struct kvm *kvm, unsigned *room)
{
	const unsigned spare = 7;

	for (*room = 128;; *room *= 2) {
		struct kvm_cpuid2 *c =
			calloc(1, sizeof(*c) + *room * sizeof(c->entries[0]));

		if (!c)
			return NULL;
		c->nent = *room - spare;
		if (ioctl(kvm->fd, KVM_GET_SUPPORTED_CPUID, c) == 0)
			return c;
		free(c);
		if (errno != E2BIG || *room > 4096)
			return NULL;
	}
}

static void add_tsc_deadline(const struct kvm *kvm, struct kvm_cpuid2 *cpuid)
{
	if (ioctl(kvm->fd, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) < 1)
		return;
	for (unsigned i = 0; i < cpuid->nent; i++)
		if (cpuid->entries[i].function == LEAF_FEATURES)
			cpuid->entries[i].ecx |= BIT(24);
}

int cpuid_set(const struct kvm *kvm, int fd, unsigned index, unsigned n_cpus,
	      uint32_t tsc_khz)
{
	unsigned room;
	char brand[CPUID_BRAND_LEN];
	struct kvm_cpuid2 *cpuid = supported(kvm, &room);
	int err = 0;

	if (!cpuid)
		return log_fail(-errno,
				"KVM: supported CPUID: %s: see "
				"`dmesg | grep -i kvm`",
				strerror(errno));
	add_tsc_deadline(kvm, cpuid);
	cpuid_fit(cpuid, room, index, n_cpus, tsc_khz);
	host_name(brand);
	cpuid_name(cpuid, room, brand);
	if (ioctl(fd, KVM_SET_CPUID2, cpuid) < 0)
		err = log_fail(-errno,
			       "KVM: CPUID of vCPU %u: %s: see "
			       "`dmesg | grep -i kvm`",
			       index, strerror(errno));
	free(cpuid);
	return err;
}
