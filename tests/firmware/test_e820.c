/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mem.h"
#include "firmware/acpi.h"
#include "firmware/e820.h"
#include "firmware/layout.h"
#include "tests/unit.h"

/* The type @map gives to @addr; 0 for none. */
static unsigned type_at(const struct e820 *map, uint64_t addr)
{
	for (unsigned i = 0; i < map->n; i++)
		if (addr - map->entry[i].addr < map->entry[i].len)
			return map->entry[i].type;
	return 0;
}

static void check_order(const struct e820 *map)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < map->n; i++) {
		ck_assert_uint_ge(map->entry[i].addr, end);
		ck_assert_uint_gt(map->entry[i].len, 0);
		end = map->entry[i].addr + map->entry[i].len;
	}
}

static uint64_t sum_ram(const struct e820 *map)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < map->n; i++)
		if (map->entry[i].type == E820_RAM)
			sum += map->entry[i].len;
	return sum;
}

static void check_map(uint64_t size)
{
	struct e820 map;
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, size), 0);
	e820_build(&map, &mem);
	check_order(&map);
	/* All of it but the rest of the first MiB. */
	ck_assert_uint_eq(sum_ram(&map), size - (LAYOUT_HIGH - LAYOUT_EBDA));
	ck_assert_uint_eq(type_at(&map, 0), E820_RAM);
	ck_assert_uint_eq(type_at(&map, LAYOUT_EBDA - 1), E820_RAM);
	ck_assert_uint_eq(type_at(&map, LAYOUT_EBDA), E820_RESERVED);
	ck_assert_uint_eq(type_at(&map, LAYOUT_LOW_END), 0);
	ck_assert_uint_eq(type_at(&map, LAYOUT_ACPI), E820_RESERVED);
	ck_assert_uint_eq(type_at(&map, LAYOUT_HIGH - 1), E820_RESERVED);
	ck_assert_uint_eq(type_at(&map, LAYOUT_HIGH), E820_RAM);
	ck_assert_uint_eq(type_at(&map, mem_low_end(&mem) - 1), E820_RAM);
	ck_assert_uint_eq(type_at(&map, mem_low_end(&mem)), 0);
	ck_assert_uint_eq(type_at(&map, ACPI_ECAM_BASE), E820_RESERVED);
	ck_assert_uint_eq(type_at(&map, ACPI_ECAM_BASE + ACPI_ECAM_LEN), 0);
	ck_assert_uint_eq(type_at(&map, MEM_HOLE_END),
			  size > MEM_HOLE_START ? E820_RAM : 0);
	mem_free(&mem);
}

START_TEST(small_memory)
{
	check_map(16 * MIB);
	check_map(512 * MIB);
}
END_TEST

START_TEST(memory_up_to_the_hole)
{
	check_map(MEM_HOLE_START - 4 * KIB);
	check_map(MEM_HOLE_START);
}
END_TEST

START_TEST(memory_beyond_the_hole)
{
	check_map(MEM_HOLE_START + 4 * KIB);
	check_map(5 * GIB);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		small_memory,
		memory_up_to_the_hole,
		memory_beyond_the_hole,
		NULL,
	};

	return unit_run(unit_suite("e820", tests));
}
