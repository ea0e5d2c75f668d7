/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_gdb_points.c - page walks, and memory with breakpoints in it
 */
#include <errno.h>

#include "base/mem.h"
#include "gdb/points.h"
#include "tests/unit.h"

enum { PG = 0x80000000, PSE = 0x10, PAE = 0x20, LA57 = 0x1000, LMA = 0x400 };

static struct mem mem;
static struct gdb_points points;

static void start(void)
{
	ck_assert_int_eq(mem_init(&mem, MEM_SIZE_MIN), 0);
	points = (struct gdb_points){
		.mem = &mem,
		.can = { .int3 = GDB_INT3_STOPS, .code = true, .data = true },
	};
}

static void put64(uint64_t at, uint64_t value)
{
	memcpy(mem_at(&mem, at, 8), &value, 8);
}

static void put32(uint64_t at, uint32_t value)
{
	memcpy(mem_at(&mem, at, 4), &value, 4);
}

static struct gdb_walk walk(const struct gdb_paging *p, uint64_t addr)
{
	struct gdb_walk w;

	ck_assert(gdb_walk(&mem, p, addr, &w) == w.mapped);
	return w;
}

static const struct gdb_paging off, four = { PG, 0x1000, PAE, LMA },
				    five = { PG, 0x8000, PAE | LA57, LMA };

/* 4 levels at 0x1000: a page at 0, 2 MiB at 0x200000, 1 GiB at 1 GiB; the upper
 * half has the same. */
static void map_four(void)
{
	put64(0x1000, 0x2007);
	put64(0x1000 + 511 * 8, 0x2003);
	put64(0x2000, 0x3007);
	put64(0x2000 + 1 * 8, 0xc0000083);
	put64(0x3000, 0x4007);
	put64(0x3000 + 1 * 8, 0x600087);
	put64(0x3000 + 2 * 8, UINT64_C(0x7fff0000007));
	put64(0x4000, UINT64_C(0x8000000000005005));
	/* The root of 5 levels. */
	put64(0x8000, 0x1007);
}

START_TEST(without_paging)
{
	struct gdb_walk w;

	start();
	w = walk(&off, 0x1234);
	ck_assert(w.mapped);
	ck_assert_uint_eq(w.gpa, 0x1234);
	ck_assert_uint_eq(w.levels, 0);
}
END_TEST

START_TEST(four_levels)
{
	struct gdb_walk w;

	start();
	map_four();
	w = walk(&four, 0x123);
	ck_assert_uint_eq(w.gpa, 0x5123);
	ck_assert_uint_eq(w.page_size, 0x1000);
	ck_assert_uint_eq(w.levels, 4);
	ck_assert(w.user && !w.writable);
	ck_assert_uint_eq(w.entry_at[3], 0x4000);
	w = walk(&four, 0x2abcde);
	ck_assert_uint_eq(w.gpa, 0x6abcde);
	ck_assert_uint_eq(w.page_size, 2 * MIB);
	ck_assert(w.user && w.writable);
	w = walk(&four, 0x45678901);
	ck_assert_uint_eq(w.gpa, 0xc5678901);
	ck_assert_uint_eq(w.page_size, GIB);
	ck_assert(!w.user && w.writable);
	w = walk(&four, UINT64_C(0xffffff8000000123));
	ck_assert_uint_eq(w.gpa, 0x5123);
	ck_assert(!w.user);
	/* Not there, a table beyond memory, not canonical. */
	w = walk(&four, 0x1000);
	ck_assert(!w.mapped && w.levels == 4 && !w.lost);
	w = walk(&four, 0x400000);
	ck_assert(!w.mapped && w.lost);
	w = walk(&four, UINT64_C(0x800000000000));
	ck_assert(!w.mapped && w.levels == 0);
}
END_TEST

START_TEST(five_levels)
{
	struct gdb_walk w;

	start();
	map_four();
	w = walk(&five, 0x123);
	ck_assert_uint_eq(w.gpa, 0x5123);
	ck_assert_uint_eq(w.levels, 5);
	/* Canonical here. */
	w = walk(&five, UINT64_C(0x800000000000));
	ck_assert(!w.mapped && w.levels == 2);
	w = walk(&five, UINT64_C(0x100000000000000));
	ck_assert(!w.mapped && w.levels == 0);
}
END_TEST

START_TEST(pae)
{
	const struct gdb_paging p = { PG, 0x1020, PAE, 0 };
	struct gdb_walk w;

	start();
	/* The root's entries have no permissions. */
	put64(0x1020 + 3 * 8, 0x2001);
	put64(0x2000, 0x3007);
	put64(0x2000 + 511 * 8, 0x800087);
	put64(0x3000 + 5 * 8, 0x9003);
	w = walk(&p, 0xc0005abc);
	ck_assert_uint_eq(w.gpa, 0x9abc);
	ck_assert(!w.user && w.writable);
	ck_assert_uint_eq(w.levels, 3);
	w = walk(&p, 0xffe00042);
	ck_assert_uint_eq(w.gpa, 0x800042);
	ck_assert_uint_eq(w.page_size, 2 * MIB);
	/* What is above 32 bits does not count. */
	w = walk(&p, UINT64_C(0xffffffffffe00042));
	ck_assert_uint_eq(w.gpa, 0x800042);
	ck_assert(!walk(&p, 0).mapped);
}
END_TEST

START_TEST(legacy)
{
	struct gdb_paging p = { PG, 0x1000, PSE, 0 };
	struct gdb_walk w;

	start();
	put32(0x1000 + 768 * 4, 0x2003);
	put32(0x2000 + 1 * 4, 0x7007);
	/* 4 MiB at 0x1_00400000. */
	put32(0x1000 + 1 * 4, 0x400000 | 1 << 13 | 0x87);
	w = walk(&p, 0xc0001fff);
	ck_assert_uint_eq(w.gpa, 0x7fff);
	ck_assert_uint_eq(w.levels, 2);
	ck_assert(!w.user && w.writable);
	w = walk(&p, 0x7fffff);
	ck_assert_uint_eq(w.gpa, UINT64_C(0x1007fffff));
	ck_assert_uint_eq(w.page_size, 4 * MIB);
	/* Without PSE it is a table. */
	p.cr4 = 0;
	w = walk(&p, 0x7fffff);
	ck_assert(!w.mapped);
	ck_assert_uint_eq(w.levels, 2);
}
END_TEST

/* Tables that lead to themselves, or are noise. */
START_TEST(any_tables)
{
	struct gdb_walk w;

	start();
	put64(0x1000, 0x1007);
	w = walk(&four, 0);
	ck_assert_uint_eq(w.gpa, 0x1000);
	for (unsigned i = 0; i < 0x10000; i += 8)
		put64(i, i * UINT64_C(0x9e3779b97f4a7c15) | 1);
	for (uint64_t a = 0; a < 100000; a++) {
		uint64_t addr = a * UINT64_C(0x123456789abcd);

		gdb_walk(&mem, &four, addr, &w);
		gdb_walk(&mem, &five, addr, &w);
		ck_assert_uint_le(w.levels, GDB_LEVELS);
	}
}
END_TEST

static struct gdb_span spans[8];
static unsigned n_spans;

static bool keep_span(void *arg, const struct gdb_span *span)
{
	const unsigned *most = arg;

	if (n_spans == *most)
		return false;
	spans[n_spans++] = *span;
	return true;
}

static void check_span(unsigned i, uint64_t addr, uint64_t gpa, uint64_t size)
{
	ck_assert_uint_eq(spans[i].addr, addr);
	ck_assert_uint_eq(spans[i].gpa, gpa);
	ck_assert_uint_eq(spans[i].size, size);
}

START_TEST(all_that_is_mapped)
{
	unsigned most = 8;

	start();
	map_four();
	/* It goes on in both address spaces. */
	put64(0x4000 + 8, 0x6005);
	ck_assert(gdb_map(&mem, &four, keep_span, &most));
	ck_assert_uint_eq(n_spans, 6);
	check_span(0, 0, 0x5000, 0x2000);
	check_span(1, 0x200000, 0x600000, 2 * MIB);
	check_span(2, GIB, 0xc0000000, GIB);
	check_span(3, UINT64_C(0xffffff8000000000), 0x5000, 0x2000);
	/* No more than are wanted. */
	n_spans = 0;
	most = 2;
	ck_assert(!gdb_map(&mem, &four, keep_span, &most));
	ck_assert_uint_eq(n_spans, 2);
	n_spans = 0;
	ck_assert(gdb_map(&mem, &off, keep_span, &most));
	ck_assert_uint_eq(n_spans, 0);
}
END_TEST

static bool count_span(void *arg, const struct gdb_span *span)
{
	unsigned *n = arg;

	(void)span;
	++*n;
	return true;
}

/* Tables of entries that all lead to themselves have an end. */
START_TEST(a_map_without_end)
{
	unsigned n = 0;

	start();
	for (unsigned i = 0; i < 512; i++)
		put64(0x1000 + 8 * i, 0x1007);
	ck_assert(!gdb_map(&mem, &four, count_span, &n));
	ck_assert_uint_gt(n, 1000);
}
END_TEST

static uint8_t byte(uint64_t gpa)
{
	return *(uint8_t *)mem_at(&mem, gpa, 1);
}

START_TEST(int3_is_not_shown)
{
	const uint8_t code[] = { 1, 2, 3, 4 };
	uint8_t seen[4];

	start();
	memcpy(mem_at(&mem, 0x5000, 4), code, 4);
	ck_assert_int_eq(
		gdb_points_insert(&points, &off, GDB_SOFTWARE, 0x5001, 1), 0);
	ck_assert_int_eq(
		gdb_points_insert(&points, &off, GDB_SOFTWARE, 0x5001, 1), 0);
	ck_assert_uint_eq(points.n, 1);
	ck_assert_uint_eq(byte(0x5001), 0xcc);
	ck_assert_uint_eq(gdb_points_read(&points, &off, 0x5000, seen, 4), 4);
	ck_assert_mem_eq(seen, code, 4);
	ck_assert_ptr_nonnull(gdb_points_int3(&points, 0x5001));
	ck_assert_ptr_null(gdb_points_int3(&points, 0x5000));
	/* What is written is kept behind it. */
	ck_assert_int_eq(gdb_points_write(&points, &off, 0x5000, "\x9\x8", 2),
			 0);
	ck_assert_uint_eq(byte(0x5000), 9);
	ck_assert_uint_eq(byte(0x5001), 0xcc);
	/* A second one, of another kind, at the same place. */
	ck_assert_int_eq(
		gdb_points_insert(&points, &off, GDB_SOFTWARE, 0x5001, 2), 0);
	gdb_points_remove(&points, GDB_SOFTWARE, 0x5001, 1);
	ck_assert_uint_eq(byte(0x5001), 0xcc);
	gdb_points_remove(&points, GDB_SOFTWARE, 0x5001, 2);
	ck_assert_uint_eq(byte(0x5001), 8);
	gdb_points_remove(&points, GDB_SOFTWARE, 0x5001, 1);
}
END_TEST

/* A kernel patches itself: its code stays. */
START_TEST(code_that_was_replaced_stays)
{
	uint8_t seen;

	start();
	gdb_points_insert(&points, &off, GDB_SOFTWARE, 0x5000, 1);
	*(uint8_t *)mem_at(&mem, 0x5000, 1) = 0x90;
	ck_assert_uint_eq(gdb_points_read(&points, &off, 0x5000, &seen, 1), 1);
	ck_assert_uint_eq(seen, 0x90);
	ck_assert_int_eq(gdb_points_write(&points, &off, 0x5000, "\x91", 1), 0);
	ck_assert_uint_eq(byte(0x5000), 0x91);
	gdb_points_remove_all(&points);
	ck_assert_uint_eq(byte(0x5000), 0x91);
}
END_TEST

START_TEST(debug_registers)
{
	start();
	map_four();
	/* Not mapped: a register.  They are used up. */
	ck_assert_int_eq(
		gdb_points_insert(&points, &four, GDB_SOFTWARE, 0x1000, 1), 0);
	ck_assert_int_eq(
		gdb_points_insert(&points, &four, GDB_HARDWARE, 0x2000, 1), 0);
	ck_assert_int_eq(
		gdb_points_insert(&points, &four, GDB_WATCH_WRITE, 0x3000, 4),
		0);
	ck_assert_int_eq(
		gdb_points_insert(&points, &four, GDB_WATCH_ACCESS, 0x4000, 8),
		0);
	ck_assert_int_eq(
		gdb_points_insert(&points, &four, GDB_HARDWARE, 0x5000, 1),
		-ENOSPC);
	/* Global enables; write of 4 in register 2, access of 8 in 3. */
	ck_assert_uint_eq(gdb_points_dr7(&points),
			  0xaa | UINT64_C(0xd) << 24 | UINT64_C(0xb) << 28);
	gdb_points_remove(&points, GDB_HARDWARE, 0x2000, 1);
	ck_assert_ptr_null(gdb_points_in(&points, 1));
	ck_assert_int_eq(
		gdb_points_insert(&points, &four, GDB_WATCH_WRITE, 0x5001, 4),
		-EOPNOTSUPP);
	ck_assert_int_eq(
		gdb_points_insert(&points, &four, GDB_WATCH_READ, 0x5000, 4),
		-EOPNOTSUPP);
	ck_assert_int_eq(gdb_points_insert(&points, &four, GDB_WATCH_WRITE,
					   0x5000, UINT64_MAX),
			 -EOPNOTSUPP);
	ck_assert_int_eq(
		gdb_points_insert(&points, &four, GDB_WATCH_WRITE, 0x5000, 1),
		0);
	ck_assert_uint_eq(gdb_points_in(&points, 1)->addr, 0x5000);
}
END_TEST

/* A KVM that does not stop at int3 in ring 3: it is used where the page is not
 * for ring 3, and when there is no register. */
START_TEST(a_kvm_that_can_less)
{
	start();
	map_four();
	points.can.int3 = GDB_INT3_RING0;
	for (unsigned i = 0; i < GDB_DEBUG_REGISTERS; i++)
		ck_assert_int_eq(
			gdb_points_insert(&points, &four, GDB_SOFTWARE, i, 1),
			0);
	ck_assert(!gdb_points_any_int3(&points));
	ck_assert_int_eq(gdb_points_insert(&points, &four, GDB_SOFTWARE, 8, 1),
			 -ENOSPC);
	ck_assert_int_eq(gdb_points_insert(&points, &four, GDB_SOFTWARE,
					   UINT64_C(0xffffff8000000008), 1),
			 0);
	ck_assert(gdb_points_any_int3(&points));
	gdb_points_remove_all(&points);
	points.can = (struct gdb_abilities){ .step = true };
	for (enum gdb_breakpoint t = 0; t < GDB_BREAKPOINTS; t++)
		ck_assert_int_eq(gdb_points_insert(&points, &four, t, 0, 1),
				 -EOPNOTSUPP);
}
END_TEST

START_TEST(memory_across_pages)
{
	static uint8_t many[64];

	start();
	map_four();
	/* The page behind is not mapped. */
	ck_assert_uint_eq(gdb_points_read(&points, &four, 0xff0, many, 64), 16);
	ck_assert_int_eq(gdb_points_write(&points, &four, 0xff0, many, 17),
			 -EFAULT);
	ck_assert_int_eq(gdb_points_write(&points, &four, 0xff0, many, 16), 0);
	/* Mapped, but no memory. */
	ck_assert_uint_eq(gdb_points_read(&points, &four, 0x40000000, many, 1),
			  0);
	/* By physical addresses; to the end of memory, and of all. */
	ck_assert_uint_eq(
		gdb_points_read(&points, NULL, MEM_SIZE_MIN - 8, many, 64), 8);
	ck_assert_uint_eq(
		gdb_points_read(&points, NULL, UINT64_MAX - 7, many, 64), 0);
	ck_assert_uint_eq(gdb_points_read(&points, &off, UINT64_MAX, many, 64),
			  0);
}
END_TEST

START_TEST(there_is_an_end_to_breakpoints)
{
	start();
	for (unsigned i = 0; i < GDB_POINTS; i++)
		ck_assert_int_eq(gdb_points_insert(&points, &off, GDB_SOFTWARE,
						   0x5000 + i, 1),
				 0);
	ck_assert_int_eq(
		gdb_points_insert(&points, &off, GDB_SOFTWARE, 0x4000, 1),
		-ENOSPC);
	gdb_points_remove_all(&points);
	for (unsigned i = 0; i < GDB_POINTS; i++)
		ck_assert_uint_eq(byte(0x5000 + i), 0);
}
END_TEST

int main(void)
{
	const TTest *const all[] = {
		without_paging,
		four_levels,
		five_levels,
		pae,
		legacy,
		any_tables,
		all_that_is_mapped,
		a_map_without_end,
		int3_is_not_shown,
		code_that_was_replaced_stays,
		debug_registers,
		a_kvm_that_can_less,
		memory_across_pages,
		there_is_an_end_to_breakpoints,
		NULL,
	};

	return unit_run(unit_suite("gdb_points", all));
}
