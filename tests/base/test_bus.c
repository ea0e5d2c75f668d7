/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "base/bus.h"
#include "tests/unit.h"

/* A device that remembers its last access and reads as a pattern. */
struct toy {
	uint64_t offset, value;
	unsigned size, accesses;
};

static uint64_t toy_read(void *owner, uint64_t offset, unsigned size)
{
	struct toy *toy = owner;

	*toy = (struct toy){ offset, 0, size, toy->accesses + 1 };
	return UINT64_C(0xa7a6a5a4a3a2a1a0) >> (8 * (offset & 7));
}

static void toy_write(void *owner, uint64_t offset, unsigned size,
		      uint64_t value)
{
	struct toy *toy = owner;

	*toy = (struct toy){ offset, value, size, toy->accesses + 1 };
}

static const struct bus_ops ops1 = { toy_read, toy_write, 1 };
static const struct bus_ops ops8 = { toy_read, toy_write, 8 };

static struct bus_range range(uint64_t base, uint64_t len,
			      const struct bus_ops *ops, struct toy *toy)
{
	return (struct bus_range){ .base = base,
				   .len = len,
				   .ops = ops,
				   .owner = toy,
				   .name = "toy" };
}

START_TEST(whole_accesses_reach_the_device)
{
	struct toy toy = { 0 };
	struct bus_range r = range(0x100, 8, &ops8, &toy);
	struct bus bus;

	bus_init(&bus, "test");
	ck_assert_int_eq(bus_add(&bus, &r), 0);
	ck_assert_uint_eq(bus_read(&bus, 0x100, 8), 0xa7a6a5a4a3a2a1a0);
	ck_assert_uint_eq(bus_read(&bus, 0x102, 2), 0xa3a2);
	ck_assert_uint_eq(toy.offset, 2);
	ck_assert_uint_eq(toy.size, 2);
	bus_write(&bus, 0x107, 1, 0x1234);
	ck_assert_uint_eq(toy.offset, 7);
	ck_assert_uint_eq(toy.value, 0x34);
	ck_assert_uint_eq(toy.accesses, 3);
	ck_assert_uint_eq(bus.unclaimed, 0);
	bus_free(&bus);
}
END_TEST

START_TEST(wide_accesses_are_split_for_narrow_devices)
{
	struct toy toy = { 0 };
	struct bus_range r = range(0x3f8, 8, &ops1, &toy);
	struct bus bus;

	bus_init(&bus, "test");
	ck_assert_int_eq(bus_add(&bus, &r), 0);
	ck_assert_uint_eq(bus_read(&bus, 0x3f9, 4), 0xa4a3a2a1);
	ck_assert_uint_eq(toy.accesses, 4);
	bus_write(&bus, 0x3f8, 2, 0xbeef);
	ck_assert_uint_eq(toy.offset, 1);
	ck_assert_uint_eq(toy.value, 0xbe);
	bus_free(&bus);
}
END_TEST

START_TEST(an_access_over_the_edge_is_split)
{
	struct toy toy = { 0 };
	struct bus_range r = range(0x100, 2, &ops8, &toy);
	struct bus bus;

	bus_init(&bus, "test");
	ck_assert_int_eq(bus_add(&bus, &r), 0);
	ck_assert_uint_eq(bus_read(&bus, 0x100, 4), 0xffffa1a0);
	ck_assert_uint_eq(bus_read(&bus, 0xff, 2), 0xa0ff);
	ck_assert_uint_eq(bus.unclaimed, 2);
	bus_free(&bus);
}
END_TEST

START_TEST(unclaimed_reads_all_ones_and_is_counted)
{
	struct bus bus;

	bus_init(&bus, "test");
	ck_assert_uint_eq(bus_read(&bus, 0x10, 1), 0xff);
	ck_assert_uint_eq(bus_read(&bus, 0x10, 2), 0xffff);
	ck_assert_uint_eq(bus_read(&bus, 0x10, 4), 0xffffffff);
	ck_assert_uint_eq(bus_read(&bus, 0x10, 8), UINT64_MAX);
	bus_write(&bus, UINT64_MAX, 1, 0);
	ck_assert_uint_eq(bus.unclaimed, 5);
	bus_free(&bus);
}
END_TEST

START_TEST(ranges_must_not_overlap_or_wrap)
{
	struct toy toy = { 0 };
	struct bus_range a = range(0x100, 0x10, &ops8, &toy);
	struct bus_range b = range(0x10f, 0x10, &ops8, &toy);
	struct bus_range c = range(UINT64_MAX, 2, &ops8, &toy);
	struct bus_range d = range(0x110, 0, &ops8, &toy);
	struct bus bus;

	bus_init(&bus, "test");
	ck_assert_int_eq(bus_add(&bus, &a), 0);
	ck_assert_int_eq(bus_add(&bus, &b), -EEXIST);
	ck_assert_int_eq(bus_add(&bus, &c), -EINVAL);
	ck_assert_int_eq(bus_add(&bus, &d), -EINVAL);
	bus_remove(&bus, &a);
	bus_remove(&bus, &a);
	ck_assert_int_eq(bus_add(&bus, &b), 0);
	ck_assert_uint_eq(bus_read(&bus, 0x100, 1), 0xff);
	bus_free(&bus);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		whole_accesses_reach_the_device,
		wide_accesses_are_split_for_narrow_devices,
		an_access_over_the_edge_is_split,
		unclaimed_reads_all_ones_and_is_counted,
		ranges_must_not_overlap_or_wrap,
		NULL,
	};

	return unit_run(unit_suite("bus", tests));
}
