/* SPDX-License-Identifier: BSD-2-Clause */
#include <linux/kvm.h>
#include <stdlib.h>

#include "base/util.h"
#include "tests/unit.h"
#include "vmm/cpuid.h"

#define ROOM 32

static struct kvm_cpuid2 *make(void)
{
	static const struct kvm_cpuid_entry2 host[] = {
		{ .function = 0, .eax = 0x1f },
		{ .function = 1, .ebx = 0xab10cd00, .edx = BIT(28) },
		{ .function = 4, .index = 0, .eax = 0xfc01c121 },
		{ .function = 4, .index = 3, .eax = 0xfc01c163 },
		{ .function = 4, .index = 4, .eax = 0 },
		{ .function = 0xb, .index = 0, .eax = 1, .ebx = 2, .edx = 99 },
		{ .function = 0xb, .index = 1, .eax = 7, .ebx = 64, .edx = 99 },
		{ .function = 0x15 },
		{ .function = 0x1f, .index = 0, .eax = 1, .ebx = 2 },
		{ .function = 0x40000000, .eax = 0x40000001 },
		{ .function = 0x80000001, .ecx = 0xffffffff },
		{ .function = 0x80000008, .eax = 0x3030, .ecx = 0x703f },
		{ .function = 0x8000001d, .index = 3, .eax = 0x3ffc163 },
		{ .function = 0x8000001e, .eax = 99, .ebx = 0x1ff, .ecx = 3 },
	};
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + sizeof(host) * 3);

	ck_assert_ptr_nonnull(c);
	c->nent = ARRAY_SIZE(host);
	memcpy(c->entries, host, sizeof(host));
	return c;
}

static const struct kvm_cpuid_entry2 *leaf(const struct kvm_cpuid2 *c,
					   uint32_t function, uint32_t index)
{
	for (unsigned i = 0; i < c->nent; i++)
		if (c->entries[i].function == function &&
		    c->entries[i].index == index)
			return &c->entries[i];
	return NULL;
}

START_TEST(every_leaf_agrees_on_the_apic_id)
{
	struct kvm_cpuid2 *c = make();

	cpuid_fit(c, ROOM, 3, 4, 2500000);
	ck_assert_uint_eq(leaf(c, 1, 0)->ebx >> 24, 3);
	ck_assert_uint_eq(leaf(c, 0xb, 0)->edx, 3);
	ck_assert_uint_eq(leaf(c, 0xb, 1)->edx, 3);
	ck_assert_uint_eq(leaf(c, 0x8000001e, 0)->eax, 3);
	free(c);
}
END_TEST

START_TEST(one_package_of_single_threaded_cores)
{
	struct kvm_cpuid2 *c = make();

	cpuid_fit(c, ROOM, 1, 3, 0);
	/* Three processors need two bits of APIC id. */
	ck_assert_uint_eq(leaf(c, 1, 0)->ebx >> 16 & 0xff, 4);
	ck_assert_uint_eq(leaf(c, 4, 0)->eax >> 26, 3);
	ck_assert_uint_eq(leaf(c, 4, 0)->eax >> 14 & 0xfff, 0);
	ck_assert_uint_eq(leaf(c, 4, 3)->eax >> 14 & 0xfff, 3);
	ck_assert_uint_eq(leaf(c, 4, 4)->eax, 0);
	ck_assert_uint_eq(leaf(c, 0xb, 0)->eax, 0);
	ck_assert_uint_eq(leaf(c, 0xb, 0)->ebx, 1);
	ck_assert_uint_eq(leaf(c, 0xb, 0)->ecx, 0x100);
	ck_assert_uint_eq(leaf(c, 0xb, 1)->eax, 2);
	ck_assert_uint_eq(leaf(c, 0xb, 1)->ebx, 3);
	ck_assert_uint_eq(leaf(c, 0xb, 1)->ecx, 0x201);
	ck_assert_uint_eq(leaf(c, 0xb, 2)->ebx, 0);
	ck_assert_ptr_null(leaf(c, 0x1f, 0));
	ck_assert_uint_eq(leaf(c, 0x80000008, 0)->ecx & 0xf0ff, 0x2002);
	ck_assert_uint_eq(leaf(c, 0x8000001d, 3)->eax >> 14 & 0xfff, 3);
	free(c);
}
END_TEST

START_TEST(one_processor_is_not_hyperthreaded)
{
	struct kvm_cpuid2 *c = make();

	cpuid_fit(c, ROOM, 0, 1, 0);
	ck_assert_uint_eq(leaf(c, 1, 0)->edx & BIT(28), 0);
	ck_assert_uint_eq(leaf(c, 1, 0)->ecx & BIT(31), BIT(31));
	ck_assert_uint_eq(leaf(c, 1, 0)->ecx & BIT(21), BIT(21));
	ck_assert_uint_eq(leaf(c, 0x80000001, 0)->ecx & BIT(1), 0);
	free(c);
}
END_TEST

START_TEST(the_tsc_frequency_is_told_twice)
{
	struct kvm_cpuid2 *c = make();
	const struct kvm_cpuid_entry2 *e;

	cpuid_fit(c, ROOM, 0, 1, 2500000);
	e = leaf(c, 0x15, 0);
	ck_assert_uint_eq((uint64_t)e->ecx * e->ebx / e->eax, 2500000000);
	ck_assert_uint_eq(leaf(c, 0x40000000, 0)->eax, 0x40000010);
	ck_assert_uint_eq(leaf(c, 0x40000010, 0)->eax, 2500000);
	free(c);
}
END_TEST

START_TEST(a_full_table_is_not_overrun)
{
	struct kvm_cpuid2 *c = make();
	unsigned room = c->nent - 3;

	cpuid_fit(c, room, 0, 2, 1);
	ck_assert_uint_le(c->nent, room);
	free(c);
}
END_TEST

/* The name in the three leaves. */
static void get_name(const struct kvm_cpuid2 *c, char name[CPUID_BRAND_LEN + 1])
{
	for (uint32_t i = 0; i < 3; i++) {
		const struct kvm_cpuid_entry2 *e = leaf(c, 0x80000002 + i, 0);
		const uint32_t regs[] = { e->eax, e->ebx, e->ecx, e->edx };

		memcpy(name + sizeof(regs) * i, regs, sizeof(regs));
	}
	name[CPUID_BRAND_LEN] = '\0';
}

START_TEST(the_processor_has_the_hosts_name)
{
	static const char brand[CPUID_BRAND_LEN] =
		"AMD Processor with a name that is as long as 48";
	struct kvm_cpuid2 *c = make();
	char name[CPUID_BRAND_LEN + 1];
	unsigned n;

	/* KVM has the leaves, with nothing in them. */
	c->entries[c->nent++] =
		(struct kvm_cpuid_entry2){ .function = 0x80000003 };
	c->entries[c->nent++] =
		(struct kvm_cpuid_entry2){ .function = 0x80000000,
					   .eax = 0x80000001 };
	n = c->nent;
	cpuid_name(c, ROOM, brand);
	ck_assert_uint_eq(c->nent, n + 2);
	get_name(c, name);
	ck_assert_str_eq(name, brand);
	ck_assert_uint_eq(leaf(c, 0x80000000, 0)->eax, 0x80000004);
	free(c);
}
END_TEST

START_TEST(a_processor_without_a_name_has_ours)
{
	static const char *const blank[] = { "", "        " };
	struct kvm_cpuid2 *c = make();
	char brand[CPUID_BRAND_LEN] = "", name[CPUID_BRAND_LEN + 1];

	for (unsigned i = 0; i < ARRAY_SIZE(blank); i++) {
		memcpy(brand, blank[i], strlen(blank[i]));
		cpuid_name(c, ROOM, brand);
		get_name(c, name);
		ck_assert_str_eq(name, "minivmm");
	}
	free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_leaf_agrees_on_the_apic_id,
		one_package_of_single_threaded_cores,
		one_processor_is_not_hyperthreaded,
		the_tsc_frequency_is_told_twice,
		a_full_table_is_not_overrun,
		the_processor_has_the_hosts_name,
		a_processor_without_a_name_has_ours,
		NULL,
	};

	return unit_run(unit_suite("cpuid", tests));
}
