/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_bios.c - the interrupt vectors lead to code; what that does is seen by
 * the guest legacy
 */
#include "base/mem.h"
#include "firmware/bios.h"
#include "firmware/e820.h"
#include "firmware/layout.h"
#include "tests/unit.h"

static struct mem mem;

static void build(uint64_t size)
{
	ck_assert_int_eq(mem_init(&mem, size), 0);
	bios_build(&mem);
}

/* Where vector @i leads to. */
static uint64_t target(unsigned i)
{
	const uint8_t *vector = mem_at(&mem, 4 * (uint64_t)i, 4);

	return get_le16(vector) + 16 * (uint64_t)get_le16(vector + 2);
}

START_TEST(every_vector_leads_to_code)
{
	const uint8_t *iret;

	build(MEM_SIZE_MIN);
	for (unsigned i = 0; i < 256; i++) {
		if (i < 0x10 || i >= 0x70) {
			ck_assert_uint_eq(target(i), 0xfff53);
			continue;
		}
		ck_assert_uint_ge(target(i), LAYOUT_BIOS);
		ck_assert_uint_lt(target(i), LAYOUT_BIOS_MAP);
	}
	iret = mem_at(&mem, 0xfff53, 1);
	ck_assert_uint_eq(*iret, 0xcf);
	/* Those with an answer have one of their own. */
	ck_assert_uint_eq(target(0x10), target(0x13));
	ck_assert_uint_ne(target(0x11), target(0x10));
	ck_assert_uint_ne(target(0x12), target(0x10));
	ck_assert_uint_ne(target(0x15), target(0x10));
	mem_free(&mem);
}
END_TEST

static void check_map(uint64_t size, unsigned high_units)
{
	struct e820 e820;
	const uint8_t *map;

	build(size);
	e820_build(&e820, &mem);
	map = mem_at(&mem, LAYOUT_BIOS_MAP, 8 + 20 * (uint64_t)e820.n);
	ck_assert_uint_eq(get_le16(map), 15 * 1024);
	ck_assert_uint_eq(get_le16(map + 2), high_units);
	ck_assert_uint_eq(get_le16(map + 4), MIN(size / KIB - 1024, 64512));
	ck_assert_uint_eq(get_le16(map + 6), e820.n);
	for (unsigned i = 0; i < e820.n; i++) {
		const uint8_t *e = map + 8 + 20 * (size_t)i;

		ck_assert_uint_eq(get_le64(e), e820.entry[i].addr);
		ck_assert_uint_eq(get_le64(e + 8), e820.entry[i].len);
		ck_assert_uint_eq(get_le32(e + 16), e820.entry[i].type);
	}
	mem_free(&mem);
}

START_TEST(the_map_is_e820s)
{
	check_map(16 * MIB, 0);
	check_map(64 * MIB, 48 * 16);
	check_map(5 * GIB, (3 * 1024 - 16) * 16);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_vector_leads_to_code,
		the_map_is_e820s,
		NULL,
	};

	return unit_run(unit_suite("bios", tests));
}
