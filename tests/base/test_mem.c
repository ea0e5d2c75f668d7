/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/unit.h"

/* Resident bytes of this process. */
static uint64_t resident(void)
{
	unsigned long long total = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%llu %llu", &total, &pages), 2);
	fclose(f);
	return pages * 4096;
}

START_TEST(small_memory_is_one_piece)
{
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_uint_eq(mem_low_end(&mem), 16 * MIB);
	ck_assert_uint_eq(mem_high_end(&mem), 0);
	ck_assert_ptr_nonnull(mem_at(&mem, 0, 16 * MIB));
	ck_assert_ptr_nonnull(mem_at(&mem, 16 * MIB - 1, 1));
	ck_assert_ptr_null(mem_at(&mem, 16 * MIB, 1));
	ck_assert_ptr_null(mem_at(&mem, 16 * MIB - 1, 2));
	ck_assert_ptr_null(mem_at(&mem, 0, 16 * MIB + 1));
	mem_free(&mem);
}
END_TEST

START_TEST(large_memory_goes_around_the_hole)
{
	struct mem mem;
	uint8_t *low, *high;

	ck_assert_int_eq(mem_init(&mem, 5 * GIB), 0);
	ck_assert_uint_eq(mem_low_end(&mem), MEM_HOLE_START);
	ck_assert_uint_eq(mem_high_end(&mem), 6 * GIB);
	ck_assert_ptr_null(mem_at(&mem, MEM_HOLE_START, 1));
	ck_assert_ptr_null(mem_at(&mem, MEM_HOLE_END - 1, 1));
	/* Never across the hole, although the host has both in a row. */
	ck_assert_ptr_null(mem_at(&mem, MEM_HOLE_START - 1, 2));
	low = mem_at(&mem, MEM_HOLE_START - 1, 1);
	high = mem_at(&mem, MEM_HOLE_END, 1);
	ck_assert_ptr_nonnull(low);
	ck_assert_ptr_nonnull(high);
	*low = 1;
	*high = 2;
	ck_assert_uint_eq(*low, 1);
	ck_assert_ptr_nonnull(mem_at(&mem, 6 * GIB - 1, 1));
	ck_assert_ptr_null(mem_at(&mem, 6 * GIB - 1, 2));
	mem_free(&mem);
}
END_TEST

START_TEST(hostile_lengths_do_not_wrap)
{
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 5 * GIB), 0);
	ck_assert_ptr_null(mem_at(&mem, 0, UINT64_MAX));
	ck_assert_ptr_null(mem_at(&mem, 1, UINT64_MAX));
	ck_assert_ptr_null(mem_at(&mem, 4096, UINT64_MAX - 4095));
	ck_assert_ptr_null(mem_at(&mem, 4 * GIB, UINT64_MAX - 4 * GIB + 1));
	ck_assert_ptr_null(mem_at(&mem, UINT64_MAX, 1));
	ck_assert_ptr_null(mem_at(&mem, UINT64_MAX, 0));
	ck_assert_ptr_nonnull(mem_at(&mem, 0, 0));
	mem_free(&mem);
}
END_TEST

START_TEST(untouched_memory_is_not_resident)
{
	uint64_t before = resident(), size;
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 2 * GIB), 0);
	size = resident() - before;
	ck_assert_uint_lt(size, 4 * MIB);
	memset(mem_at(&mem, 64 * MIB, 8 * MIB), 1, 8 * MIB);
	ck_assert_uint_ge(resident() - before, 8 * MIB);
	mem_free(&mem);
}
END_TEST

START_TEST(the_host_address_suits_huge_pages)
{
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 5 * GIB), 0);
	for (unsigned i = 0; i < mem.n_regions; i++) {
		uintptr_t host = (uintptr_t)mem.region[i].host;

		ck_assert_uint_eq((host - mem.region[i].gpa) % (2 * MIB), 0);
	}
	mem_free(&mem);
}
END_TEST

START_TEST(more_than_the_host_has_is_an_error)
{
	struct mem mem;

	ck_assert_int_lt(mem_init(&mem, UINT64_C(1) << 60), 0);
	mem_free(&mem);
}
END_TEST

/* Freeing what a large guest has used takes seconds; the end does not wait. */
START_TEST(what_is_left_to_the_end_is_not_freed)
{
	struct mem mem;
	volatile uint8_t *byte;

	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
	byte = mem_at(&mem, 0, 1);
	*byte = 42;
	mem_leave(&mem);
	mem_free(&mem);
	ck_assert_uint_eq(*byte, 42);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		small_memory_is_one_piece,
		large_memory_goes_around_the_hole,
		hostile_lengths_do_not_wrap,
		untouched_memory_is_not_resident,
		the_host_address_suits_huge_pages,
		more_than_the_host_has_is_an_error,
		what_is_left_to_the_end_is_not_freed,
		NULL,
	};

	return unit_run(unit_suite("mem", tests));
}
